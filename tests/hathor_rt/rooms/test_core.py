"""Decisions of a room: events and instants in, ticks out."""

import json
from dataclasses import replace

from pycrdt import Map

from hathor_rt.ids import PrincipalId, TrackId
from hathor_rt.rooms.attendance import SUCCESSION_AFTER
from hathor_rt.rooms.core import SILENCE_PAUSES_AFTER
from hathor_rt.rooms.effects import FindBeats, Measure, Promote, Reinstate, Tick, Unseat, Warm
from hathor_rt.rooms.events import (
    BeatsFound,
    Departed,
    Expelled,
    Joined,
    Measured,
    Reconfigured,
    Renamed,
    SoundChanged,
    TracksAppended,
    Unplayable,
)
from hathor_rt.rooms.vibe_changes import VIBE_LEAD
from sync.timeline.plain import from_plain
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import SAMPLE_RATE, Micros, SampleCount
from sync.wire.frames import (
    Changed,
    Done,
    Entered,
    Left,
    Next,
    Opened,
    Pause,
    People,
    Play,
    Refused,
    ResetVibe,
    SetRate,
    SetVibe,
)
from tests.fakes.core_stage import FRIDAY, PLAYBACK, Device, Stage, addressed, of, sent, tracks

MINUTE = SampleCount(60 * SAMPLE_RATE)


def appended(*names: str, start: int = 0) -> TracksAppended:
    entries = tuple(f"s{start + number}" for number in range(len(names)))
    return TracksAppended(PrincipalId("hana"), tracks(names), entries, 1)


def playing(*, sound: bool = True) -> tuple[Stage, Device]:
    """A room with two minutes of music that plays since just now."""
    stage = Stage()
    host = stage.come("hana", "host", sound=sound)
    stage.do(appended("t0", "t1"), Measured(TrackId("t0"), MINUTE), Measured(TrackId("t1"), MINUTE))
    stage.do(host.reports())
    stage.do(host.asks(Play()))
    return stage, host


def status(stage: Stage) -> str:
    return stage.core.transport.status


def current(stage: Stage) -> str | None:
    cue = stage.core.transport.current
    return None if cue is None else cue.entry


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_joins_is_told_its_rights_and_everybody_here() -> None:
    stage = Stage()
    stage.come("hana", "host")
    guest = stage.device("gabe")
    tick = stage.do(Joined(guest.visitor, "guest", sound=True))
    assert sent(tick, Entered, guest) == [Entered("r1", "Friday", "guest", ["add", "edit-own"])]
    assert [person.name for person in sent(tick, People, guest)[0].present] == ["Hana", "Gabe"]


def test_entering_and_opening_are_answered_in_their_order() -> None:
    stage = Stage()
    guest = stage.device("gabe")
    tick = stage.do(Joined(guest.visitor, "guest", sound=True), stage.opening(guest))
    frames = [type(frame) for effect in tick.effects for _, frame in addressed(effect)]
    assert frames == [Entered, People, Opened, People]


def test_others_see_who_comes_goes_and_changes_its_name() -> None:
    stage = Stage()
    host = stage.come("hana", "host")
    guest = stage.device("gabe")
    tick = stage.do(Joined(guest.visitor, "guest", sound=True))
    assert [person.name for person in sent(tick, People, host)[0].present] == ["Gabe"]
    tick = stage.do(Renamed(PrincipalId("gabe"), "Gabriel"))
    assert [person.name for person in sent(tick, People, host)[0].present] == ["Gabriel"]
    assert sent(stage.go(guest), People, host)[0].gone == ["cgabe"]


def test_leaving_and_entering_again_in_one_tick_begins_anew() -> None:
    stage = Stage()
    guest = stage.come("gabe")
    tick = stage.do(Departed(guest.connection), Joined(guest.visitor, "guest", sound=True), guest.adding("e1"))
    assert len(sent(tick, Entered, guest)) == 1
    assert sent(tick, Refused, guest)[0].code == "unknown-document"
    assert sent(tick, People, guest)[0].full


def test_what_was_meant_for_somebody_who_left_within_the_tick_goes_to_nobody() -> None:
    stage = Stage()
    host, guest = stage.come("hana", "host"), stage.come("gabe")
    tick = stage.do(appended("t0"), guest.adding("e1"), stage.opening(guest), Departed(guest.connection))
    assert [frame for effect in tick.effects for to, frame in addressed(effect) if to == guest.connection] == []
    assert host.entries().keys() == {"s0", "e1"}


def test_nothing_is_done_for_those_who_are_not_here() -> None:
    stage = Stage()
    stranger = stage.device("sam")
    tick = stage.do(
        stage.opening(stranger),
        stranger.asks(Play()),
        SoundChanged(stranger.connection, sound=True),
        stranger.reports(),
    )
    assert [effect for effect in tick.effects if addressed(effect)] == []


def test_an_expelled_principal_is_told_and_unseated_on_all_devices() -> None:
    stage = Stage()
    host, guest = stage.come("hana", "host"), stage.come("gabe")
    second = stage.device("gabe", "cgabe2")
    stage.do(Joined(second.visitor, "guest", sound=False))
    tick = stage.do(Expelled(PrincipalId("gabe"), "kicked", "out"))
    for device in (guest, second):
        assert sent(tick, Left, device) == [Left("r1", "kicked", "out")]
        assert sent(tick, People, device) == []
    assert [effect.connection for effect in of(tick, Unseat)] == ["cgabe", "cgabe2"]
    assert sent(tick, People, host)[0].gone == ["cgabe", "cgabe2"]
    assert sent(stage.do(Departed(guest.connection)), People) == []


def test_new_settings_are_told_to_everybody_and_hold_at_once() -> None:
    stage = Stage()
    host, guest = stage.come("hana", "host"), stage.come("gabe")
    stage.do(appended("t0"))
    assert sent(stage.do(guest.asks(Play(), 1)), Refused)[0].code == "not-allowed"
    tick = stage.do(Reconfigured(replace(FRIDAY, name="Saturday", guests_control=True)))
    assert sent(tick, Entered, guest) == [
        Entered("r1", "Saturday", "guest", ["add", "calibrate", "control", "edit-own", "vibe"])
    ]
    assert sent(tick, Entered, host)[0].name == "Saturday"
    assert sent(stage.do(guest.asks(Play(), 2)), Refused) == []


def test_after_a_minute_without_host_the_eldest_becomes_one() -> None:
    stage = Stage()
    host, eldest = stage.come("hana", "host"), stage.come("eddy")
    stage.wait(1)
    stage.come("yana")
    stage.go(host)
    due = stage.core.wake_at()
    assert due == stage.now + SUCCESSION_AFTER
    stage.wait(59.9)
    assert of(stage.do(), Promote) == []
    stage.wait(0.1)
    tick = stage.do()
    assert of(tick, Promote) == [Promote(PrincipalId("eddy"), "host")]
    assert sent(tick, Entered) == [sent(tick, Entered, eldest)[0]]
    assert "kick" in sent(tick, Entered, eldest)[0].may


def test_the_owner_who_comes_back_in_time_keeps_everything_as_it_was() -> None:
    stage = Stage()
    host, _ = stage.come("hana", "host"), stage.come("eddy")
    stage.go(host)
    stage.wait(50)
    stage.come("hana", "host")
    stage.wait(50)
    assert of(stage.do(), Promote) == []


def test_when_a_promoted_host_leaves_too_the_next_one_follows_unless_the_owner_is_back() -> None:
    stage = Stage()
    host, eldest = stage.come("hana", "host"), stage.come("eddy")
    stage.wait(1)
    stage.come("yana")
    stage.go(host)
    stage.wait(60)
    stage.do()
    stage.go(eldest)
    stage.wait(30)
    owner = stage.come("hana", "host")
    stage.wait(60)
    assert of(stage.do(), Promote) == []
    stage.go(owner)
    stage.wait(60)
    assert of(stage.do(), Promote) == [Promote(PrincipalId("yana"), "host")]


def test_who_stood_in_for_the_owner_is_a_guest_again_when_the_owner_is_back() -> None:
    stage = Stage()
    host, eldest = stage.come("hana", "host"), stage.come("eddy")
    stage.go(host)
    stage.wait(60)
    stage.do()
    owner = stage.device("hana", "chana2")
    tick = stage.do(Joined(owner.visitor, "host", sound=False))
    assert of(tick, Reinstate) == [Reinstate(PrincipalId("hana"))]
    assert [frame.role for frame in sent(tick, Entered, eldest)] == ["guest"]
    assert [frame.role for frame in sent(tick, Entered, owner)] == ["host"]
    assert sent(stage.do(eldest.asks(Play(), 1)), Refused)[0].code == "not-allowed"


def test_who_stood_in_and_was_away_when_the_owner_came_back_enters_as_a_guest() -> None:
    stage = Stage()
    stage.come("hana", "host")
    eldest = stage.device("eddy", "ceddy")
    tick = stage.do(Joined(eldest.visitor, "host", sound=True))
    assert sent(tick, Entered, eldest)[0].role == "guest"
    assert of(tick, Reinstate) == [Reinstate(PrincipalId("hana"))]


def test_who_stood_in_is_host_again_after_a_restart_while_the_owner_is_away() -> None:
    stage = Stage()
    eldest = stage.device("eddy", "ceddy")
    tick = stage.do(Joined(eldest.visitor, "host", sound=True))
    assert sent(tick, Entered, eldest)[0].role == "host"
    assert of(tick, Reinstate) == []


def test_a_second_device_of_a_promoted_host_is_host_although_its_membership_was_read_before() -> None:
    stage = Stage()
    host = stage.come("hana", "host")
    stage.come("eddy")
    stage.go(host)
    stage.wait(60)
    stage.do()
    second = stage.device("eddy", "ceddy2")
    tick = stage.do(Joined(second.visitor, "guest", sound=False))
    assert sent(tick, Entered, second)[0].role == "host"
    assert of(tick, Promote) == [Promote(PrincipalId("eddy"), "host")]


def test_a_room_of_the_server_has_no_host_to_succeed() -> None:
    stage = Stage(replace(FRIDAY, owner=PrincipalId("")))
    stage.come("eddy", sound=False)
    assert stage.core.wake_at() is None
    stage.wait(3600)
    assert of(stage.do(), Promote) == []


# ── what plays ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_transport_is_told_and_the_command_answered_in_one_tick() -> None:
    stage, host = playing()
    assert status(stage) == "playing"
    tick = stage.do(host.asks(Pause(), 7))
    assert [row.document for row in tick.records] == [PLAYBACK]
    assert sent(tick, Done) == [Done("r1", 7)]
    frames = [frame for effect in tick.effects for _, frame in addressed(effect)]
    assert isinstance(frames[0], Changed)


def test_a_cold_start_is_answered_when_it_starts() -> None:
    stage = Stage()
    host = stage.come("hana", "host")
    stage.do(appended("t0"))
    assert sent(stage.do(host.asks(Play(), 3)), Done) == []
    assert stage.core.wake_at() == stage.now + 500_000
    stage.wait(0.2)
    assert sent(stage.do(host.reports()), Done) == [Done("r1", 3)]
    assert status(stage) == "playing"


def test_who_leaves_during_a_cold_start_is_owed_no_answer_and_the_others_are() -> None:
    stage = Stage(replace(FRIDAY, guests_control=True))
    host, guest = stage.come("hana", "host"), stage.come("gabe")
    stage.do(appended("t0"))
    stage.do(guest.asks(Play(), 3), host.asks(SetRate(900), 4))
    tick = stage.do(Departed(guest.connection))
    assert sent(tick, Done) == []
    stage.wait(0.5)
    assert sent(stage.do(), Done) == [Done("r1", 4)]
    assert status(stage) == "playing"


def test_listeners_who_hold_the_former_entry_are_not_taken_for_ready_to_play_another() -> None:
    stage, host = playing()
    stage.do(host.reports())
    tick = stage.do(host.asks(Play(entry="s1"), 5))
    assert sent(tick, Done) == []
    assert status(stage) == "paused"
    # A report that was on its way when the command came is still about the former entry.
    stage.do(host.reports(entry="s0"))
    stage.do(host.reports(entry="s1", first_segment=False))
    assert status(stage) == "paused"
    assert sent(stage.do(host.reports(entry="s1")), Done) == [Done("r1", 5)]
    assert status(stage) == "playing"


def test_a_report_about_the_entry_that_just_began_counts() -> None:
    stage, host = playing()
    stage.wait(61)
    stage.do()
    assert current(stage) == "s1"
    stage.do(host.reports(entry="s1"))
    stage.do(host.asks(Pause(), 8))
    assert sent(stage.do(host.asks(Play(), 9)), Done) == [Done("r1", 9)]


def test_a_refused_command_is_answered_with_its_number() -> None:
    stage = Stage()
    host = stage.come("hana", "host")
    refused = sent(stage.do(host.asks(Next(), 12)), Refused)
    assert [(frame.about, frame.subject, frame.seq, frame.code) for frame in refused] == [
        ("command", "r1", 12, "nothing-to-play")
    ]


def test_each_length_is_asked_for_once_until_it_is_known() -> None:
    stage = Stage()
    stage.come("hana", "host")
    assert [effect.track for effect in of(stage.do(appended("t0", "t1")), Measure)] == ["t0", "t1"]
    assert of(stage.do(appended("t2", start=2)), Measure) == []
    tick = stage.do(Measured(TrackId("t0"), MINUTE))
    assert of(tick, Measure) == []


def test_a_track_that_cannot_be_played_is_passed_over_and_measured_anew_when_chosen() -> None:
    stage, host = playing()
    stage.do(appended("t2", start=2))
    stage.do(Unplayable(TrackId("t1"), "track-unavailable", "gone"))
    assert stage.core.transport.next is not None
    assert stage.core.transport.next.entry == "s2"
    tick = stage.do(host.asks(Play(entry="s1"), 6))
    assert [effect.track for effect in of(tick, Measure)] == ["t1"]
    stage.do(Measured(TrackId("t1"), MINUTE))
    stage.wait(0.5)
    stage.do()
    assert (current(stage), status(stage)) == ("s1", "playing")


def test_segments_of_what_plays_and_follows_are_made_in_time() -> None:
    stage = Stage()
    stage.come("hana", "host")
    tick = stage.do(appended("t0", "t1"))
    assert of(tick, Warm) == [Warm(TrackId("t0"), Micros(0)), Warm(TrackId("t1"), Micros(0))]


def test_after_half_a_minute_of_silence_the_room_pauses_where_it_is() -> None:
    stage, host = playing()
    stage.wait(5)
    stage.do(SoundChanged(host.connection, sound=False))
    assert stage.core.wake_at() == stage.now + SILENCE_PAUSES_AFTER
    stage.wait(29.9)
    stage.do()
    assert status(stage) == "playing"
    stage.wait(0.1)
    stage.do()
    assert status(stage) == "paused"
    assert 34_000_000 < stage.core.transport.anchor.position <= 35_000_000
    assert stage.core.wake_at() is None


def test_a_remote_control_in_a_silent_room_starts_it_and_has_half_a_minute_to_bring_a_listener() -> None:
    stage = Stage()
    host = stage.come("hana", "host", sound=False)
    stage.do(appended("t0"), Measured(TrackId("t0"), MINUTE))
    stage.wait(300)
    stage.do(host.asks(Play()))
    assert status(stage) == "playing"
    stage.wait(29)
    stage.do()
    assert status(stage) == "playing"
    stage.wait(1)
    stage.do()
    assert status(stage) == "paused"


def test_a_tick_without_events_says_nothing() -> None:
    stage, _ = playing()
    stage.wait(1)
    assert stage.do() == Tick((), ())


def test_what_is_in_the_queue_or_plays_may_be_heard() -> None:
    stage, host = playing()
    assert stage.core.holds(TrackId("t1"))
    stage.do(host.removing("s0", "s1"))
    assert stage.core.holds(TrackId("t0"))
    assert not stage.core.holds(TrackId("t1"))


def test_a_command_knows_what_was_added_and_removed_before_it_in_the_same_tick() -> None:
    stage = Stage()
    host = stage.come("hana", "host")
    stage.do(host.adding("e1"), host.adding("e2"))
    tick = stage.do(host.adding("e3"), host.asks(Play("e3"), 1))
    assert sent(tick, Refused) == []
    current = stage.core.transport.current
    assert current is not None
    assert current.entry == "e3"
    tick = stage.do(host.removing("e2"), host.asks(Play("e2"), 2))
    assert [each.code for each in sent(tick, Refused)] == ["unknown-entry"]


# ── the vibe ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def playing_room() -> tuple[Stage, Device, Device]:
    """A room that plays, its host and a guest."""
    stage, host = playing()
    return stage, host, stage.come("gabe")


def test_a_vibe_reaches_all_in_one_record_its_sound_is_made_at_once_and_the_history_knows_who() -> None:
    stage, host, guest = playing_room()
    stage.wait(3)
    tick = stage.do(host.asks(SetVibe(800, -200, True), 9))
    assert sent(tick, Done, host) == [Done("r1", 9)]
    at = stage.now + VIBE_LEAD
    transport = stage.core.transport
    record: Map[object] = guest.docs[PLAYBACK].get("playback", type=Map)
    assert from_plain((record.to_py() or {})["transport"]) == transport
    assert (transport.vibe, transport.anchor.at, transport.anchor.rate_permille) == (Vibe(800, -200, True), at, 800)
    assert of(tick, Warm)[0] == Warm(TrackId("t0"), transport.anchor.position, Vibe(800, -200, True))
    (row,) = tick.records
    assert row.principal == "hana"
    assert json.loads(row.actions) == [
        {"did": "bent", "tempo_permille": 800, "pitch_cents": -200, "keeps_formants": True}
    ]


def test_a_drag_is_granted_in_steps_by_time_alone_and_every_wish_is_answered() -> None:
    stage, host, _ = playing_room()
    stage.wait(3)
    answers = 0
    for number in range(20):
        answers += len(sent(stage.do(host.asks(SetVibe(tempo_permille=900 - number), number)), Done, host))
        stage.wait(0.01)
    assert answers == 20
    assert stage.core.transport.rate_permille == 900
    wake = stage.core.wake_at()
    assert wake is not None
    stage.now = wake
    assert stage.do().records
    assert stage.core.transport.rate_permille == 881


def test_the_next_track_keeps_the_vibe_and_is_made_ready_in_it() -> None:
    stage, host, _ = playing_room()
    stage.do(host.asks(SetVibe(pitch_cents=300)))
    stage.wait(1)
    tick = stage.do(host.asks(Next()))
    assert [warm.vibe for warm in of(tick, Warm)] == [Vibe(pitch_cents=300)]
    assert stage.core.transport.vibe == Vibe(pitch_cents=300)


def test_guests_bend_where_they_control_and_only_a_host_puts_it_back() -> None:
    stage, host, guest = playing_room()
    refused = sent(stage.do(guest.asks(SetVibe(pitch_cents=300))), Refused, guest)
    assert refused[0].code == "not-allowed"
    stage.do(Reconfigured(replace(FRIDAY, guests_control=True)))
    stage.do(guest.asks(SetVibe(pitch_cents=300)))
    stage.wait(1)
    assert stage.core.transport.vibe == Vibe(pitch_cents=300)
    assert sent(stage.do(guest.asks(ResetVibe())), Refused, guest)[0].code == "not-allowed"
    stage.do(host.asks(ResetVibe()))
    assert stage.core.transport.vibe == PLAIN
    assert sent(stage.do(guest.asks(SetVibe(pitch_cents=300))), Refused, guest)[0].code == "too-many"
    stage.wait(6)
    stage.do(guest.asks(SetVibe(pitch_cents=300)))
    assert stage.core.transport.vibe == Vibe(pitch_cents=300)


def test_the_tempo_alone_can_be_asked_for_as_before_there_was_a_vibe() -> None:
    stage, host, _ = playing_room()
    stage.do(host.asks(SetRate(1250)))
    assert stage.core.transport.vibe == Vibe(1250)


def test_on_the_beat_the_beats_are_looked_up_once_and_the_change_falls_on_one() -> None:
    stage, host, _ = playing_room()
    stage.wait(3)
    began = stage.core.transport.anchor.at
    tick = stage.do(host.asks(SetVibe(tempo_permille=800, on_beat=True)))
    assert of(tick, FindBeats) == [FindBeats(TrackId("t0"))]
    assert stage.core.transport.vibe == PLAIN
    assert of(stage.do(host.asks(SetVibe(pitch_cents=100, on_beat=True))), FindBeats) == []
    beats = tuple(Micros(700_000 * beat) for beat in range(80))
    stage.do(BeatsFound(TrackId("t0"), beats))
    after = stage.core.transport
    assert after.vibe == Vibe(800, 100)
    assert after.anchor.position in beats
    assert after.anchor.at == began + after.anchor.position
    stage.wait(2)
    assert of(stage.do(host.asks(SetVibe(tempo_permille=900, on_beat=True))), FindBeats) == []
    assert stage.core.transport.anchor.position in beats


def test_beats_that_nobody_can_tell_are_not_waited_for() -> None:
    stage, host, _ = playing_room()
    stage.wait(3)
    stage.do(host.asks(SetVibe(tempo_permille=800, on_beat=True)))
    wake = stage.core.wake_at()
    assert wake is not None
    assert wake <= stage.now + 300_000
    stage.now = wake
    stage.do()
    assert stage.core.transport.vibe == Vibe(800)
    assert stage.core.transport.anchor.at == wake + VIBE_LEAD


def test_a_reset_does_not_wait_for_beats() -> None:
    stage, host, _ = playing_room()
    stage.wait(3)
    stage.do(host.asks(SetVibe(tempo_permille=800)))
    stage.wait(1)
    stage.do(host.asks(SetVibe(tempo_permille=700, on_beat=True)))
    stage.do(host.asks(ResetVibe()))
    stage.do(BeatsFound(TrackId("t0"), (Micros(9_000_000),)))
    assert stage.core.transport.vibe == PLAIN
