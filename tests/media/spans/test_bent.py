"""Renditions put together from spans: the same bits in any order, the exact length, joins nobody hears."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.bend import Bend
from media.pcm import Pcm
from media.segment_format import SEGMENT_FRAMES, segment_count
from media.segments import encode_segment
from media.spans.bent import BentSound, SpanStore
from tests.media.sounds import Array, decode_flac, music
from tests.media.spans.recordings import bent, reader, whole

pytestmark = pytest.mark.slow

BENDS = (Bend(800), Bend(1250, 200), Bend(2000, -1200), Bend(1000, -333, keeps_formants=True), Bend(633, 1200))


@cache
def recording() -> Array:
    """33 s with hits."""
    samples = music(33 * 48_000, seed=7)
    samples[:, ::37_000] += 0.3
    return samples


@cache
def in_order(bend: Bend) -> Array:
    return whole(recording(), bend)


@settings(max_examples=12)
@given(
    bend=st.sampled_from(BENDS),
    cuts=st.lists(st.tuples(st.integers(-5_000, 66 * 48_000), st.integers(1, 60_000)), min_size=1, max_size=8),
    limit=st.integers(1, 4),
)
def test_any_piece_in_any_order_is_the_same_bits(bend: Bend, cuts: list[tuple[int, int]], limit: int) -> None:
    expected = in_order(bend)
    sound = bent(recording(), bend, SpanStore(limit))
    for first, count in cuts:
        made = sound.cut(first, count).samples
        low, high = (min(max(0, each), sound.frames) for each in (first, first + count))
        assert np.array_equal(made[:, low - first : high - first] if high > low else made[:, :0], expected[:, low:high])
        assert not made[:, : max(0, -first)].any()
        assert not made[:, max(0, sound.frames - first) :].any()


@pytest.mark.parametrize("bend", BENDS)
def test_segments_backwards_and_alone_are_the_segments_in_order(bend: Bend) -> None:
    sound = bent(recording(), bend)
    count = segment_count(sound.frames)

    def segments(order: list[int], *, alone: bool) -> list[bytes]:
        made = {}
        for index in order:
            cut = bent(recording(), bend).cut if alone else sound.cut
            made[index] = encode_segment(cut, sound.frames, index, "opus", 128)
        return [made[index] for index in sorted(made)]

    expected = segments(list(range(count)), alone=False)
    assert segments(list(reversed(range(count))), alone=False) == expected
    assert segments([1, 2, count - 1], alone=True) == [expected[1], expected[2], expected[-1]]


@pytest.mark.parametrize("bend", BENDS)
def test_the_length_is_exact_and_flac_segments_are_the_sound_itself(bend: Bend) -> None:
    expected = in_order(bend)
    frames = recording().shape[1] * 1000 // bend.tempo_permille
    assert expected.shape == (2, frames)
    sound = bent(recording(), bend)
    files = [encode_segment(sound.segment_cut, frames, index, "flac", 0) for index in range(segment_count(frames))]
    joined = np.concatenate([decode_flac(file) for file in files], axis=1)
    assert joined.shape == (2, frames)
    assert np.abs(joined - expected / 2).max() <= 0.5 / 32768


@pytest.mark.parametrize("seconds", [0.001, 0.2, 3.0, 7.9, 8.1, 12.1])
@pytest.mark.parametrize("bend", [Bend(1000, 500), Bend(731)])
def test_short_recordings_are_whole(seconds: float, bend: Bend) -> None:
    samples = music(round(seconds * 48_000))
    made = whole(samples, bend)
    assert made.shape == (2, samples.shape[1] * 1000 // bend.tempo_permille)
    assert np.isfinite(made).all()
    if seconds >= 0.2:
        level, before = (float(np.sqrt((each.astype(np.float64) ** 2).mean())) for each in (made, samples))
        assert 20 * np.log10(level / before) == pytest.approx(0, abs=1)


def test_a_loud_master_is_not_cut_off_by_sixteen_bits() -> None:
    tones = music(20 * 48_000, seed=9)
    loud = np.tanh(tones * 8 / np.abs(tones).max()).astype(np.float32)
    sound = bent(loud, Bend(800, 100))
    made = sound.segment_cut(0, sound.frames).samples
    assert np.abs(sound.cut(0, sound.frames).samples).max() > 1.1
    assert np.array_equal(made * 2, sound.cut(0, sound.frames).samples)
    assert (np.abs(made) >= 1).mean() < 1e-5


def test_silence_stays_silent_and_one_voice_on_both_sides_stays_in_the_middle() -> None:
    assert not whole(np.zeros((2, 20 * 48_000), np.float32), Bend(750, 300)).any()
    voice = music(20 * 48_000)[:1]
    made = whole(np.concatenate([voice, voice]), Bend(750))
    assert np.allclose(made[0], made[1], atol=1e-5)


def test_hits_lie_where_the_map_puts_them() -> None:
    samples = np.zeros((2, 26 * 48_000), np.float32)
    at = np.arange(20_000, samples.shape[1] - 20_000, 30_011)
    samples[:, at] = 0.9
    bend = Bend(1300)
    made = np.abs(whole(samples, bend)).max(axis=0)
    for place in at:
        expected = place * 1000 / 1300
        begin = round(expected) - 600
        found = begin + int(np.argmax(made[begin : begin + 1200]))
        # A lag of 12.5 ms at most on the way back from a join.
        assert abs(found - expected) <= 600 + 24


def test_spans_kept_are_bounded() -> None:
    store = SpanStore(3)
    made: list[int] = []

    def make(number: int) -> Array:
        made.append(number)
        return np.zeros((2, 1), np.float32)

    for number in (0, 1, 2, 0, 3, 0, 1):
        store.join(("source", Bend(800), number), lambda number=number: make(number))  # type: ignore[misc]
    assert made == [0, 1, 2, 3, 1]


def test_a_segment_is_whole_after_its_file_was_away_for_a_moment() -> None:
    samples = recording()
    read = reader(samples)
    asked = 0

    def failing(first: int, count: int) -> Pcm:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise OSError("away")
        return read(first, count)

    sound = BentSound("source", Bend(800), samples.shape[1], failing, SpanStore())
    with pytest.raises(OSError, match="away"):
        sound.cut(0, 2 * SEGMENT_FRAMES)
    assert np.array_equal(sound.cut(0, 2 * SEGMENT_FRAMES).samples, in_order(Bend(800))[:, : 2 * SEGMENT_FRAMES])
