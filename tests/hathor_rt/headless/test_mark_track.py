import math

import numpy as np
import pytest

from hathor_rt.headless.mark_track import Marking, MarkTrack, PlacedMark
from hathor_rt.headless.marks import samples_of
from hathor_rt.headless.voice import FADE_FRAMES
from sync.units import Micros

CLICK = samples_of("click")


def click_at(frame: float, at: int = 0, check: int = 1) -> Marking:
    return Marking(check, math.inf, (PlacedMark(Micros(at), frame, "click"),))


def heard(track: MarkTrack, frame: int, count: int, marking: Marking | None) -> np.ndarray:
    sound = np.zeros((2, count), np.float32)
    track.add_to(sound, frame, marking)
    assert np.array_equal(sound[0], sound[1])
    first: np.ndarray = sound[0]
    return first


@pytest.mark.parametrize(("frame", "begins"), [(0, 0), (100, 100), (100.49, 100), (100.51, 101)])
def test_a_mark_begins_at_its_frame(frame: float, begins: int) -> None:
    sound = heard(MarkTrack(), 0, 5_000, click_at(frame))
    assert np.array_equal(sound[begins : begins + len(CLICK)], CLICK)
    assert not sound[:begins].any()
    assert not sound[begins + len(CLICK) :].any()


def test_placed_anew_while_it_sounds_it_neither_moves_nor_sounds_twice() -> None:
    track = MarkTrack()
    first, rest = heard(track, 0, 500, click_at(100)), heard(track, 500, 4_000, click_at(700))
    sound = np.concatenate([first, rest])
    assert np.array_equal(sound[100 : 100 + len(CLICK)], CLICK)
    assert not sound[100 + len(CLICK) :].any()


def test_a_mark_that_slips_just_behind_what_was_rendered_begins_in_its_place() -> None:
    track = MarkTrack()
    assert not heard(track, 0, 100, click_at(105)).any()
    assert np.array_equal(heard(track, 100, 200, click_at(96)), CLICK[4:204])


def test_a_mark_whose_time_has_passed_is_left_out() -> None:
    assert not heard(MarkTrack(), 100, 5_000, click_at(40)).any()


def test_marks_of_another_check_sound_whatever_the_one_before_had() -> None:
    track = MarkTrack()
    heard(track, 0, 2_000, click_at(0, at=7_000_000))
    assert heard(track, 2_000, 2_000, click_at(2_100, at=7_000_000, check=2)).any()


def test_what_is_taken_back_fades() -> None:
    track = MarkTrack()
    heard(track, 0, 3_000, Marking(1, math.inf, (PlacedMark(Micros(0), 0, "rising"),)))
    sound = np.concatenate([heard(track, 3_000, 200, None), heard(track, 3_200, 3_000, None)])
    whole = samples_of("rising")[3_000:6_200]
    assert np.abs(sound[:4] - whole[:4]).max() < 1e-4
    assert (np.abs(sound) <= np.abs(whole)).all()
    assert not sound[FADE_FRAMES:].any()
    assert np.abs(sound[FADE_FRAMES - 20 : FADE_FRAMES]).max() < 0.003
