"""What may change in a room's documents, and who is told: through the core, as everything that happens to them."""

from dataclasses import replace

import pytest

from hathor_rt.documents.tracks import TRACKS_REMEMBERED, TracksWanted
from hathor_rt.ids import PrincipalId
from hathor_rt.rooms.events import (
    Event,
    Submitted,
    TracksAppended,
)
from sync.documents.limits import Limits
from sync.refusal import UpdateTooLarge
from sync.wire.frames import (
    Changed,
    Close,
    Opened,
    Refused,
    Saved,
    Update,
)
from tests.fakes.core_stage import FRIDAY, PLAYBACK, QUEUE, Stage, addressed, sent, tracks


def appended(*names: str, start: int = 0) -> TracksAppended:
    entries = tuple(f"s{start + number}" for number in range(len(names)))
    return TracksAppended(PrincipalId("hana"), tracks(names), entries, 1)


def test_an_edit_is_journalled_told_to_everybody_and_then_acknowledged() -> None:
    stage = Stage()
    host, guest = stage.come("hana", "host"), stage.come("gabe")
    tick = stage.do(guest.adding("e1"), guest.adding("e2"))
    authors = [(row.principal, row.device) for row in tick.records if row.document == QUEUE]
    assert authors == [("gabe", "dgabe")] * 2
    assert sent(tick, Saved) == [Saved(QUEUE, 2)]
    assert len([frame for frame in sent(tick, Changed, host) if frame.document == QUEUE]) == 1
    frames = [frame for effect in tick.effects for _, frame in addressed(effect)]
    assert frames.index(Saved(QUEUE, 2)) > max(i for i, frame in enumerate(frames) if isinstance(frame, Changed))
    assert host.entries().keys() == {"e1", "e2"}


def test_who_opens_in_the_tick_of_an_edit_gets_its_opened_before_the_change() -> None:
    stage = Stage()
    host, guest = stage.come("hana", "host"), stage.come("gabe", opens=False)
    tick = stage.do(host.adding("e1"), stage.opening(guest))
    frames = [type(frame) for effect in tick.effects for to, frame in addressed(effect) if to == guest.connection]
    assert frames.index(Opened) < frames.index(Changed)
    assert guest.entries().keys() == {"e1"}


def test_an_update_that_holds_nothing_new_needs_no_right_and_no_journal() -> None:
    stage = Stage()
    guest = stage.come("gabe")
    update = guest.adding("e1")
    stage.do(update)
    tick = stage.do(update)
    assert tick.records == ()
    assert sent(tick, Saved) == [Saved(QUEUE, 1)]
    assert sent(tick, Refused) == []


def test_what_was_accepted_before_a_refusal_is_acknowledged_before_the_refusal() -> None:
    stage = Stage()
    guest = stage.come("gabe")
    tick = stage.do(guest.adding("e1"), guest.adding("e2", added_by="hana"), guest.adding("e3"))
    answers = [f for effect in tick.effects for _, f in addressed(effect) if isinstance(f, Saved | Refused)]
    assert [type(answer) for answer in answers] == [Saved, Refused]
    assert answers[0] == Saved(QUEUE, 1)
    assert stage.queue() == ["e1"]


def test_what_was_accepted_before_a_document_is_closed_or_opened_again_is_acknowledged() -> None:
    stage = Stage()
    guest = stage.come("gabe")
    assert sent(stage.do(guest.adding("e1"), guest.says(Close(QUEUE))), Saved) == [Saved(QUEUE, 1)]
    stage.do(stage.opening(guest))
    assert sent(stage.do(guest.adding("e2"), stage.opening(guest)), Saved) == [Saved(QUEUE, 2)]


def test_after_a_refusal_nothing_is_taken_from_that_reader_until_it_opens_again() -> None:
    stage = Stage()
    host, guest = stage.come("hana", "host"), stage.come("gabe")
    stage.do(guest.adding("e1", added_by="hana"))
    tick = stage.do(guest.adding("e2"), host.adding("e3"))
    assert sent(tick, Refused) == []
    assert [frame for frame in sent(tick, Changed, guest) if frame.document == QUEUE] == []
    stage.do(stage.opening(guest))
    assert sent(stage.do(guest.adding("e4")), Saved) == [Saved(QUEUE, 3)]
    assert guest.entries().keys() == {"e3", "e4"} == host.entries().keys()


def test_an_update_to_a_document_that_was_never_opened_is_refused_by_name() -> None:
    stage = Stage()
    guest = stage.come("gabe")
    update = guest.adding("e1")
    stage.do(guest.says(Close(QUEUE)))
    assert sent(stage.do(update), Refused)[0].code == "unknown-document"


def test_opening_what_a_room_does_not_have_is_refused() -> None:
    stage = Stage()
    guest = stage.come("gabe", opens=False)
    refused = sent(stage.do(stage.opening(guest, "queue:r2"), stage.opening(guest, QUEUE, b"\xff")), Refused, guest)
    assert [(frame.about, frame.subject, frame.code) for frame in refused] == [
        ("open", "queue:r2", "unknown-document"),
        ("open", QUEUE, "malformed-update"),
    ]


def test_nobody_but_the_server_writes_the_playback_document() -> None:
    stage = Stage()
    host = stage.come("hana", "host")
    host.docs[QUEUE] = host.docs[PLAYBACK]
    forged = host.adding("e1")
    refused = sent(stage.do(_to_playback(forged)), Refused)
    assert [(frame.subject, frame.code) for frame in refused] == [(PLAYBACK, "schema-violation")]


def _to_playback(event: Event) -> Event:
    assert isinstance(event, Submitted)
    assert isinstance(event.frame, Update)
    return Submitted(event.connection, Update(PLAYBACK, event.frame.update, 1))


def test_guests_move_and_remove_their_own_and_hosts_everything() -> None:
    stage = Stage()
    host, guest = stage.come("hana", "host"), stage.come("gabe")
    stage.do(host.adding("e1"), guest.adding("e2"), guest.adding("e3"))
    assert sent(stage.do(guest.moving("e2", "z"), guest.removing("e3")), Refused) == []
    assert sent(stage.do(guest.removing("e1")), Refused)[0].code == "not-allowed"
    stage.do(stage.opening(guest))
    assert sent(stage.do(guest.moving("e1", "zz")), Refused)[0].code == "not-allowed"
    assert sent(stage.do(host.removing("e2")), Refused) == []
    assert stage.queue() == ["e1"]


def test_guests_edit_everything_where_the_room_says_so() -> None:
    stage = Stage(replace(FRIDAY, guests_edit=True))
    host, guest = stage.come("hana", "host"), stage.come("gabe")
    stage.do(host.adding("e1"))
    assert sent(stage.do(guest.removing("e1")), Refused) == []
    assert host.entries() == {}


def test_a_track_that_is_not_known_yet_is_asked_for_and_nothing_has_changed_until_then() -> None:
    stage = Stage()
    guest = stage.come("gabe")
    update = guest.adding("e1", "t9")
    with pytest.raises(TracksWanted) as wanted:
        stage.core.handle(update, stage.now)
    assert wanted.value.tracks == {"t9"}
    assert stage.queue() == []
    stage.core.learn_tracks(["t9"])
    assert sent(stage.do(update), Saved) == [Saved(QUEUE, 1)]


def test_appended_tracks_stand_at_the_end_in_their_order_and_name_who_added_them() -> None:
    stage = Stage()
    guest = stage.come("gabe")
    tick = stage.do(
        guest.adding("e1"), appended("t0", "t1"), replace(appended("t2", start=2), principal=PrincipalId(""))
    )
    assert stage.queue() == ["e1", "s0", "s1", "s2"]
    assert [guest.entries()[entry]["added_by"] for entry in ("s0", "s1", "s2")] == ["hana", "hana", "server"]
    assert [row.principal for row in tick.records if row.document == QUEUE] == ["gabe", "hana", ""]


def test_more_tracks_than_the_queue_takes_are_refused_and_none_is_added() -> None:
    stage = Stage(limits=Limits(entries=2))
    stage.do(appended("t0"))
    with pytest.raises(UpdateTooLarge):
        stage.core.handle(appended("t1", "t2", start=1), stage.now)
    assert stage.do().records == ()
    assert stage.queue() == ["s0"]
    stage.do(appended("t1", start=1))
    assert stage.queue() == ["s0", "s1"]


def test_keys_that_grew_long_are_shortened_for_everybody() -> None:
    stage = Stage()
    host, guest = stage.come("hana", "host"), stage.come("gabe")
    stage.do(host.adding("e1", key="V" * 60), host.adding("e2", key="V" * 61))
    assert stage.queue() == ["e1", "e2"]
    assert all(len(str(row["order"])) < 48 for row in guest.entries().values())
    assert host.entries() == guest.entries()
    assert stage.do().records == ()


def test_the_memory_for_known_tracks_is_bounded_and_forgetting_costs_a_question() -> None:
    stage = Stage()
    guest = stage.come("gabe")
    stage.core.learn_tracks(f"u{number}" for number in range(TRACKS_REMEMBERED))
    update = guest.adding("e1", "t0")
    with pytest.raises(TracksWanted):
        stage.core.handle(update, stage.now)
    stage.core.learn_tracks(["t0"])
    assert sent(stage.do(update), Saved) == [Saved(QUEUE, 1)]


@pytest.mark.parametrize("role", ["viewer", "host"])
def test_an_edit_that_nobody_sees_needs_some_right_too(role: str) -> None:
    stage = Stage()
    stage.do(stage.come("gabe").adding("e1", key="V"))
    vera = stage.come("vera", role)
    tick = stage.do(vera.moving("e1", "V"))
    assert [each.code for each in sent(tick, Refused)] == (["not-allowed"] if role == "viewer" else [])
    assert len(tick.records) == (role == "host")
