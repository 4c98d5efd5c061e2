from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.bend import PLAIN, Bend

TEMPOS = st.integers(500, 2000)
# Ten hours.
FRAMES = st.integers(0, 36_000 * 48_000)


@given(TEMPOS, FRAMES)
def test_a_rendition_has_the_frames_whose_position_lies_inside_the_recording(tempo: int, frames: int) -> None:
    bend = Bend(tempo)
    length = bend.frames_of(frames)
    if frames > 1:
        assert bend.recording_position(length) <= frames < bend.recording_position(length + 1)
    assert (length == 0) == (frames == 0)


@given(TEMPOS)
def test_ten_minutes_are_exact_to_a_frame(tempo: int) -> None:
    frames = 600 * 48_000
    exact = Fraction(frames * 1000, tempo)
    assert 0 <= exact - Bend(tempo).frames_of(frames) < 1


@given(TEMPOS, FRAMES)
def test_frames_and_positions_are_each_other_s_inverse(tempo: int, frame: int) -> None:
    bend = Bend(tempo)
    assert bend.recording_position(bend.frame_at(frame)) <= frame < bend.recording_position(bend.frame_at(frame) + 1)
    assert bend.frame_at(int(-(-bend.recording_position(frame) // 1))) >= frame


def test_pitch_moves_nothing_in_time() -> None:
    assert Bend(1000, 700).frames_of(12_345) == 12_345
    assert Bend(1000, -1200).recording_position(777) == 777


@pytest.mark.parametrize(("tempo", "pitch"), [(499, 0), (2001, 0), (1000, -1201), (1000, 1201), (0, 0)])
def test_what_is_out_of_range_is_refused(tempo: int, pitch: int) -> None:
    with pytest.raises(ValueError, match="expected a"):
        Bend(tempo, pitch)


def test_formants_count_only_where_the_pitch_moves() -> None:
    assert Bend(1000, 0, keeps_formants=True).is_plain
    assert Bend(1000, 0, keeps_formants=True).normal == PLAIN
    assert Bend(800, 0, keeps_formants=True).normal == Bend(800)
    assert Bend(800, 100, keeps_formants=True).normal == Bend(800, 100, keeps_formants=True)
    assert not Bend(1000, 1).is_plain
    assert not Bend(1001).is_plain


def test_an_octave_doubles() -> None:
    assert Bend(1000, 1200).pitch_ratio == 2.0
    assert Bend(1000, -1200).pitch_ratio == 0.5


def test_segments_of_bent_sound_are_softer_by_a_factor_of_two() -> None:
    assert PLAIN.headroom_db == Bend(1000, 0, keeps_formants=True).headroom_db == 0
    assert 10 ** (Bend(800).headroom_db / 20) == pytest.approx(2, rel=1e-3)
