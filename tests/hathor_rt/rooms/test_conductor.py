from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.refusals import BadRequest
from hathor_rt.rooms.conductor import COLD_WAIT, Conductor
from sync.documents.queue import QueueEntry
from sync.refusal import NothingToPlay, Refusal, UnknownEntry
from sync.timeline import transport as records
from sync.units import SAMPLE_RATE, Micros, SampleCount
from sync.wire.frames import Next, Pause, Play, Previous, Seek, SetRate, TransportOrder

LEAD = Micros(150_000)
SECOND = 1_000_000


def entry(name: str, order: str) -> QueueEntry:
    return QueueEntry(name, f"track{name}", "host", order, Micros(0))


QUEUE = (entry("a", "1"), entry("b", "2"), entry("c", "3"))


def conductor(*, seconds: int = 60, queue: tuple[QueueEntry, ...] = QUEUE) -> Conductor:
    fresh = Conductor(records.empty("epoch", 1))
    fresh.queue_changed(queue, Micros(0))
    for row in queue:
        fresh.measured(row.track, SampleCount(seconds * SAMPLE_RATE), Micros(0))
    return fresh


def at(seconds: float) -> Micros:
    return Micros(round(seconds * SECOND))


def playing(*, seconds: int = 60) -> Conductor:
    ready = conductor(seconds=seconds)
    ready.command(Play(), at(0), LEAD, is_warm=True)
    return ready


def current(ready: Conductor) -> str | None:
    cue = ready.transport.current
    return None if cue is None else cue.entry


def following(ready: Conductor) -> str | None:
    cue = ready.transport.next
    return None if cue is None else cue.entry


def status(ready: Conductor) -> str:
    return ready.transport.status


def test_the_first_entry_of_an_empty_room_is_made_ready() -> None:
    ready = conductor()
    assert status(ready) == "paused"
    assert ready.transport.current is not None
    assert ready.transport.current.entry == "a"
    assert ready.transport.next is not None
    assert ready.transport.next.entry == "b"


def test_a_warm_play_starts_one_lead_ahead() -> None:
    ready = playing()
    assert status(ready) == "playing"
    assert ready.transport.anchor.at == LEAD
    assert ready.transport.boundary_at == LEAD + 60 * SECOND


def test_a_cold_play_waits_for_listeners_but_never_longer_than_half_a_second() -> None:
    ready = conductor()
    ready.command(Play(), at(0), LEAD, is_warm=False)
    assert ready.is_starting
    assert status(ready) == "paused"
    ready.tick(at(0.3), LEAD, is_warm=False)
    assert ready.is_starting
    ready.tick(COLD_WAIT, LEAD, is_warm=False)
    assert status(ready) == "playing"
    assert ready.transport.anchor.at == COLD_WAIT + LEAD


def test_a_cold_play_starts_as_soon_as_enough_listeners_are_ready() -> None:
    ready = conductor()
    ready.command(Play(entry="b"), at(0), LEAD, is_warm=False)
    ready.tick(at(0.1), LEAD, is_warm=True)
    assert ready.transport.anchor.at == at(0.1) + LEAD
    assert ready.transport.current is not None
    assert ready.transport.current.entry == "b"


def test_next_is_settled_ten_seconds_before_the_boundary_and_then_stays() -> None:
    ready = playing()
    ready.tick(at(50.2), LEAD, is_warm=True)
    assert ready.transport.is_settled
    ready.queue_changed((QUEUE[0], QUEUE[2]), at(51))
    assert ready.transport.next is not None
    assert ready.transport.next.entry == "b"


def test_before_it_is_settled_next_follows_the_queue() -> None:
    ready = playing()
    ready.queue_changed((QUEUE[0], QUEUE[2]), at(20))
    assert ready.transport.next is not None
    assert ready.transport.next.entry == "c"


def test_the_boundary_is_passed_gapless_however_late_the_tick_comes() -> None:
    ready = playing()
    boundary = ready.transport.boundary_at
    ready.tick(at(63), LEAD, is_warm=True)
    assert ready.transport.current is not None
    assert ready.transport.current.entry == "b"
    assert ready.transport.anchor.at == boundary
    assert ready.transport.anchor.position == 0


def test_several_boundaries_passed_at_once_land_in_the_right_place() -> None:
    ready = playing(seconds=10)
    ready.tick(at(25), LEAD, is_warm=True)
    assert ready.transport.current is not None
    assert ready.transport.current.entry == "c"
    assert records.position_at(ready.transport, at(25)) == at(25) - LEAD - 20 * SECOND


def test_the_end_of_the_queue_pauses_and_play_starts_the_last_one_again() -> None:
    ready = playing(seconds=10)
    ready.tick(at(100), LEAD, is_warm=True)
    assert status(ready) == "paused"
    assert records.is_at_end(ready.transport)
    ready.command(Play(), at(101), LEAD, is_warm=True)
    ready.tick(at(101), LEAD, is_warm=True)
    assert status(ready) == "playing"
    assert ready.transport.anchor.position == 0


def test_an_entry_added_at_the_end_of_a_finished_queue_is_what_play_goes_on_to() -> None:
    ready = playing(seconds=10)
    ready.tick(at(100), LEAD, is_warm=True)
    ready.queue_changed((*QUEUE, entry("d", "4")), at(101))
    ready.command(Play(), at(102), LEAD, is_warm=True)
    assert ready.transport.current is not None
    assert ready.transport.current.entry == "d"


def test_removing_what_plays_lets_it_play_on_to_what_stood_behind_it() -> None:
    ready = playing()
    ready.queue_changed(QUEUE[1:], at(5))
    assert ready.transport.current is not None
    assert ready.transport.current.entry == "a"
    assert ready.transport.next is not None
    assert ready.transport.next.entry == "b"


def test_moving_what_plays_changes_what_follows() -> None:
    ready = playing()
    ready.queue_changed((QUEUE[1], msgspec.structs.replace(QUEUE[0], order="2V"), QUEUE[2]), at(5))
    assert ready.transport.next is not None
    assert ready.transport.next.entry == "c"


def test_previous_goes_back_to_the_start_and_within_three_seconds_to_the_entry_before() -> None:
    ready = playing()
    ready.command(Next(), at(1), LEAD, is_warm=True)
    ready.command(Previous(), at(20), LEAD, is_warm=True)
    assert ready.transport.current is not None
    assert ready.transport.current.entry == "b"
    assert ready.transport.anchor.position == 0
    ready.command(Previous(), at(21), LEAD, is_warm=True)
    assert ready.transport.current is not None
    assert ready.transport.current.entry == "a"


def test_an_unplayable_track_is_skipped_when_it_plays_and_passed_over_when_it_would_follow() -> None:
    ready = playing()
    ready.unplayable("trackb", at(5), LEAD)
    assert ready.transport.next is not None
    assert ready.transport.next.entry == "c"
    ready.unplayable("tracka", at(6), LEAD)
    assert ready.transport.current is not None
    assert ready.transport.current.entry == "c"
    ready.unplayable("trackc", at(7), LEAD)
    assert status(ready) == "paused"


def test_seeking_while_playing_happens_at_the_common_instant() -> None:
    ready = playing()
    ready.command(Seek(30 * SECOND), at(10), LEAD, is_warm=True)
    assert ready.transport.anchor.at == at(10) + LEAD
    assert ready.transport.anchor.position == 30 * SECOND


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        (Play(entry="nope"), UnknownEntry),
        (Play(entry="b", position=61 * SECOND), BadRequest),
        (Seek(-1), BadRequest),
        (Seek(61 * SECOND), BadRequest),
        (SetRate(499), BadRequest),
        (SetRate(2001), BadRequest),
    ],
)
def test_impossible_orders_are_refused_and_change_nothing(order: TransportOrder, refusal: type[Refusal]) -> None:
    ready = playing()
    before = ready.transport
    with pytest.raises(refusal):
        ready.command(order, at(5), LEAD, is_warm=True)
    assert ready.transport == before


def test_nothing_can_be_done_in_an_empty_room() -> None:
    bare = Conductor(records.empty("epoch", 1))
    for order in (Play(), Next(), Previous(), Seek(0), SetRate(900)):
        with pytest.raises(NothingToPlay):
            bare.command(order, at(0), LEAD, is_warm=True)


def test_an_entry_that_could_not_be_played_is_measured_anew_when_somebody_chooses_it() -> None:
    ready = playing()
    ready.unplayable("trackc", at(1), LEAD)
    ready.unplayable("trackb", at(1), LEAD)
    assert following(ready) is None
    assert ready.wanted_tracks() == []
    ready.command(Play(entry="c"), at(2), LEAD, is_warm=True)
    assert ready.wanted_tracks() == ["trackc"]
    ready.measured("trackc", SampleCount(SAMPLE_RATE), at(2.1))
    ready.tick(at(2.1), LEAD, is_warm=True)
    assert current(ready) == "c"
    assert status(ready) == "playing"


def test_an_entry_that_still_cannot_be_played_is_left_for_the_next_one() -> None:
    ready = playing()
    ready.unplayable("trackb", at(1), LEAD)
    ready.command(Play(entry="b"), at(2), LEAD, is_warm=True)
    ready.unplayable("trackb", at(2.1), LEAD)
    ready.tick(at(2.2), LEAD, is_warm=True)
    assert current(ready) == "c"
    assert status(ready) == "playing"


def test_resuming_an_entry_whose_file_was_gone_measures_it_anew() -> None:
    fresh = Conductor(records.empty("epoch", 1))
    fresh.queue_changed(QUEUE[:1], at(0))
    fresh.unplayable("tracka", at(1), LEAD)
    assert fresh.wanted_tracks() == []
    fresh.command(Play(), at(2), LEAD, is_warm=True)
    assert fresh.wanted_tracks() == ["tracka"]


orders = st.one_of(
    st.builds(Play),
    st.builds(Play, entry=st.sampled_from(["a", "b", "c"])),
    st.builds(Pause),
    st.builds(Next),
    st.builds(Previous),
    st.builds(Seek, st.integers(0, 9 * SECOND)),
    st.builds(SetRate, st.integers(500, 2000)),
)


@given(st.lists(st.tuples(orders, st.integers(0, 8 * SECOND), st.booleans()), max_size=30))
def test_whatever_is_asked_the_record_stays_sound(steps: list[tuple[TransportOrder, int, bool]]) -> None:
    ready, now = conductor(seconds=10), 0
    revision = ready.transport.revision
    for order, wait, is_warm in steps:
        now += wait
        with suppress(Refusal):
            ready.command(order, Micros(now), LEAD, is_warm=is_warm)
        ready.tick(Micros(now), LEAD, is_warm=is_warm)
        transport = ready.transport
        assert transport.revision >= revision
        assert (transport.status == "playing") == (transport.anchor.rate_permille > 0)
        assert transport.boundary_at is None or transport.boundary_at > now
        wake_at = ready.wake_at()
        assert wake_at is None or wake_at > now or transport.anchor.at > now
        assert transport.next is None or transport.current is None or transport.next.entry != transport.current.entry
        revision = transport.revision
