import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hathor_rt.headless.lines import NOBODY
from hathor_rt.headless.schedule import Schedule, program_of
from sync.timeline import transport as timeline
from sync.timeline.transport import Cue, Transport, position_at
from sync.timeline.vibe import Vibe
from sync.units import Micros, SampleCount

SONG = Cue("e1", "t1", "a", SampleCount(4_800_000))
NEXT = Cue("e2", "t2", "b", SampleCount(960_000))


def playing(at: int = 0, position: int = 0, *, epoch: str = "p") -> Transport:
    return timeline.expect(timeline.play(timeline.empty(epoch), SONG, Micros(position), Micros(at)), NEXT)


def frame_at(instant: Micros) -> float:
    """An output that began at room instant 1000, at exactly 48 kHz."""
    return (instant - 1_000) * 6 / 125


def test_a_record_of_the_future_leaves_the_one_before_it_in_force() -> None:
    schedule = Schedule()
    first = playing()
    second = timeline.seek(first, Micros(5_000_000), Micros(10_000_000))
    assert schedule.take(first)
    assert schedule.take(second)
    assert schedule.from_instant(Micros(9_999_999), "p") == (first, second)
    assert schedule.from_instant(Micros(10_000_000), "p") == (second,)
    assert schedule.newest is second


def test_an_older_record_changes_nothing() -> None:
    schedule = Schedule()
    first = playing()
    second = timeline.pause(first, Micros(1_000_000))
    schedule.take(second)
    assert not schedule.take(first)
    assert not schedule.take(second)
    assert schedule.from_instant(Micros(2_000_000), "p") == (second,)


def test_a_newer_record_takes_back_what_was_announced_behind_it() -> None:
    schedule = Schedule()
    first = playing()
    announced = timeline.seek(first, Micros(0), Micros(9_000_000))
    sooner = timeline.pause(announced, Micros(5_000_000))
    for record in (first, announced, sooner):
        schedule.take(record)
    assert schedule.from_instant(Micros(1_000_000), "p") == (first, sooner)


def test_another_timebase_takes_the_place_of_all() -> None:
    schedule = Schedule()
    schedule.take(playing())
    again = timeline.re_anchored(playing(), "q", 2, Micros(7))
    assert schedule.take(again)
    assert schedule.from_instant(Micros(1_000), "q") == (again,)
    assert schedule.from_instant(Micros(1_000), "p") == ()


def test_a_line_begins_at_the_frame_of_its_instant() -> None:
    (line,) = program_of([playing(at=2_001_000)], Micros(1_000), frame_at)
    assert line.begins == 96_000
    assert line.position_at(96_000) == 0
    assert line.following is not None
    assert line.following.track == "t2"


def test_an_empty_room_and_a_pause_stand_still() -> None:
    (nothing,) = program_of([timeline.empty("p")], Micros(5), frame_at)
    assert (nothing.piece, nothing.slope) == (NOBODY, 0)
    (paused,) = program_of([timeline.pause(playing(), Micros(1_000_000))], Micros(3_000_000), frame_at)
    assert paused.slope == 0
    assert paused.position_at(10) == paused.position_at(1_000_000) == 48_000


@settings(deadline=None)
@given(
    rate=st.integers(500, 2000),
    at=st.integers(-(10**12), 10**12),
    position=st.integers(0, 90_000_000),
    passed=st.integers(0, 5_000_000),
    drift_ppm=st.integers(-200, 200),
    later=st.integers(0, 2_000_000),
)
def test_a_line_is_the_record_seen_through_the_clocks(
    rate: int, at: int, position: int, passed: int, drift_ppm: int, later: int
) -> None:
    record = playing(at, position)
    if rate != 1000:
        record = timeline.set_vibe(record, Vibe(rate), Micros(at))
    now = Micros(at + passed)

    def drifting(instant: Micros) -> float:
        return (instant - at) * (1 + drift_ppm / 1e6) * 0.048

    (line,) = program_of([record], now, drifting)
    assert line.begins == -math.inf
    heard = line.position_at(drifting(Micros(now + later))) * line.piece.tempo
    expected = record.anchor.position + (passed + later) * rate / 1000
    # Whole microseconds in the slope's span of a second: 1 ppm.
    assert abs(heard - expected * 0.048) <= 0.01 + later * 0.048 * 2e-6
    assert line.slope == pytest.approx(1 / (1 + drift_ppm / 1e6), abs=3e-6)
    assert line.since == pytest.approx(drifting(Micros(at)), abs=0.01 + passed * 0.048 * 2e-6)
    if expected < 100_000_000:
        assert abs(heard / 0.048 - position_at(record, Micros(now + later))) < 5
