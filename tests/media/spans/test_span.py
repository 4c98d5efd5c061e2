import numpy as np
import pytest

from media.bend import Bend
from media.pcm import Pcm
from media.spans.grid import PRE_ROLL_FRAMES, SPAN_FRAMES
from media.spans.span import Span
from media.stretch.stretcher import Change, Stretcher
from tests.media.sounds import music
from tests.media.spans.recordings import reader

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("bend", [Bend(800), Bend(1000, 300), Bend(1503, -777, keeps_formants=True)])
def test_a_span_is_the_engine_begun_one_pre_roll_before_it(bend: Bend) -> None:
    samples = music(1_400_000)
    span = Span(bend, samples.shape[1], 1)
    begin = SPAN_FRAMES - PRE_ROLL_FRAMES
    assert span.begin == begin
    first = begin * bend.tempo_permille // 1000
    stretcher = Stretcher(48_000, keeps_formants=bend.keeps_formants)
    expected = stretcher.process(samples[:, first:], Change(bend.tempo_permille / 1000, bend.pitch_cents / 100))
    made = span.sound(reader(samples), SPAN_FRAMES)[:, : SPAN_FRAMES - begin]
    assert np.array_equal(made, expected[:, : SPAN_FRAMES - begin])


def test_how_far_it_is_made_at_a_time_changes_nothing() -> None:
    samples = music(900_000, seed=3)
    read = reader(samples)
    at_once = Span(Bend(1250, 200), samples.shape[1], 1)
    expected = at_once.sound(read, at_once.end).copy()
    bit_by_bit = Span(Bend(1250, 200), samples.shape[1], 1)
    for until in (*range(at_once.begin, at_once.end, 77_777), at_once.end):
        made = bit_by_bit.sound(read, until)
        assert np.array_equal(made[:, : until - at_once.begin], expected[:, : until - at_once.begin])


def test_it_is_made_no_further_than_needed() -> None:
    samples = music(900_000)
    asked: list[int] = []
    read = reader(samples)

    def counting(first: int, count: int) -> Pcm:
        asked.append(first + count)
        return read(first, count)

    span = Span(Bend(800), samples.shape[1], 0)
    span.sound(counting, 48_000)
    assert max(asked) <= 3 * 48_000


@pytest.mark.parametrize("frames", [1, 2, 100, 4_801])
def test_a_recording_of_next_to_nothing_has_its_length(frames: int) -> None:
    for bend in (Bend(500), Bend(2000), Bend(777, 1200), Bend(1999, -1200)):
        span = Span(bend, frames, 0)
        made = span.sound(reader(music(frames)), span.end)
        assert made.shape == (2, max(1, frames * 1000 // bend.tempo_permille))
        assert np.isfinite(made).all()
