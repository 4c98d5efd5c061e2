import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hathor_rt.headless.errands import (
    MOST_WANTED,
    ManifestErrand,
    SegmentErrand,
    Want,
    errands,
    wanted_chunks,
    wants_of,
)
from hathor_rt.headless.lines import Line, Piece
from hathor_rt.library.ports import Manifest
from media.segment_format import SEGMENT_FRAMES

RATE = 48_000
FIRST, SECOND = Piece("e1", "t1", 100 * RATE), Piece("e2", "t2", 50 * RATE)


def line(position: float = 0, *, begins: float = -math.inf, at: float = 0, slope: float = 1) -> Line:
    return Line("r", begins, FIRST, at, position, slope, slope, SECOND)


def manifest(track: str, frames: int = 100 * RATE) -> Manifest:
    count = -(-frames // SEGMENT_FRAMES)
    urls = [f"/segments/s/{track}/{index}" for index in range(count)]
    return Manifest(track, track, "flac", frames, SEGMENT_FRAMES, 0, "", 0.0, urls)


BOTH = {"t1": manifest("t1"), "t2": manifest("t2", 50 * RATE)}


def test_what_sounds_is_wanted_first_and_the_next_opening_when_it_is_due() -> None:
    wants = wants_of((line(40 * RATE),), RATE)
    assert [(want.track, want.frame, want.delay) for want in wants] == [("t1", 41 * RATE, 0), ("t2", 0, 59 * RATE)]


def test_the_place_of_an_announced_jump_is_wanted_before_it_comes() -> None:
    jump = replace(line(80 * RATE, at=2 * RATE), begins=2 * RATE)
    wants = wants_of((line(), jump), 0)
    assert wants[0] == Want("t1", 0, 2 * RATE, 0)
    assert (wants[1].frame, wants[1].delay) == (80 * RATE, 2 * RATE)


def test_a_pause_wants_what_going_on_would_need() -> None:
    (here, _) = wants_of((line(10 * RATE, slope=0),), 5 * RATE)
    assert (here.frame, here.delay) == (10 * RATE, 0)
    assert here.ahead > 20 * RATE


def test_beyond_the_boundary_the_following_piece_is_what_sounds() -> None:
    assert wants_of((line(),), 103 * RATE) == [Want("t2", 3 * RATE, 28 * RATE, 0)]


def test_an_empty_room_wants_nothing() -> None:
    assert wants_of((replace(line(), piece=Piece("", "", 0), slope=0, following=None),), 0) == []


def test_a_manifest_comes_first_and_only_once_however_time_goes_on() -> None:
    sooner, later = Want("t1", 100.0, RATE, 0), Want("t1", 999.0, RATE, 0)
    assert errands([sooner, Want("t1", 0, RATE, 5)], {}, lambda _: False) == [ManifestErrand("t1", 100)]
    assert errands([sooner], {}, lambda _: False) == errands([later], {}, lambda _: False)


def test_segments_come_in_the_order_in_which_they_sound() -> None:
    wants = [Want("t2", 0, RATE, 6 * RATE), Want("t1", 5 * RATE, 8 * RATE, 0)]
    held = {("t1", 2)}
    assert errands(wants, BOTH, held.__contains__) == [
        SegmentErrand("t1", 1),
        SegmentErrand("t2", 0),
        SegmentErrand("t1", 3),
    ]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["t1", "t2"]), st.floats(0, 5e6), st.floats(0, 5e6), st.floats(0, 1e7))))
def test_whatever_is_wanted_is_bounded_exists_and_is_in_order(raw: list[tuple[str, float, float, float]]) -> None:
    chunks = wanted_chunks([Want(*want) for want in raw], BOTH)
    assert len(chunks) <= MOST_WANTED
    assert list(chunks.values()) == sorted(chunks.values())
    assert all(0 <= index < len(BOTH[track].segments) for track, index in chunks)


def test_of_bent_sound_the_beginning_alone_is_wanted_while_it_may_be_one_step_of_a_drag() -> None:
    bent = replace(line(), piece=Piece("e1", "t1~800~0~0", 125 * RATE, 0.8), begins=60_000, at=60_000, since=60_000)
    now = line()
    fresh = wants_of((now, bent), 48_000)
    assert [(want.track, want.ahead) for want in fresh] == [("t1", 12_000), ("t1~800~0~0", 2.5 * RATE)]
    held = replace(bent, begins=-math.inf)
    assert wants_of((held,), 60_000 + 0.6 * RATE)[0].ahead == 28 * RATE
