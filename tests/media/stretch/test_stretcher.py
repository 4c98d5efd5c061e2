import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.stretch.engines import engines_here
from media.stretch.stretcher import Change, Stretcher
from tests.media.sounds import Array, music
from tests.media.stretch.signals import RATE_HZ, tone, tone_parts

CHANGES = st.builds(Change, tempo=st.floats(0.5, 2.0), semitones=st.floats(-12, 12))
engines = pytest.mark.parametrize("name", engines_here())


def changed(samples: Array, change: Change, *, cut: int = 44_100, name: str = "music", formants: bool = False) -> Array:
    stretcher = Stretcher(RATE_HZ, samples.shape[0], engine=name, keeps_formants=formants)
    pieces = [stretcher.process(samples[:, at : at + cut], change) for at in range(0, samples.shape[1], cut)]
    return np.concatenate([*pieces, stretcher.flush()], axis=1)


@pytest.mark.parametrize(("tempo", "semitones"), [(1, 12), (1, -12), (1.25, 3.37), (0.5, -0.05), (2, 7)])
def test_a_tone_has_the_asked_for_pitch_and_length(tempo: float, semitones: float) -> None:
    change = Change(tempo, semitones)
    result = changed(tone(60_000), change)
    assert result.shape[1] == round(60_000 / tempo)
    amplitudes, ratio = tone_parts(result, 440.3 * change.ratio)
    # A cent off over this length would leave no more than 30 dB.
    assert ratio.min() > 70
    assert np.degrees(np.angle(amplitudes[1] / amplitudes[0])) == pytest.approx(np.degrees(1), abs=0.01)


@engines
@settings(max_examples=10)
@given(path=st.lists(st.tuples(st.integers(1, 8000), CHANGES), min_size=1, max_size=5), cut=st.integers(200, 3000))
def test_any_path_of_changes_is_bit_exact_and_of_exact_length(
    name: str, path: list[tuple[int, Change]], cut: int
) -> None:
    samples = music(40_000)

    def along(step: int) -> Array:
        stretcher = Stretcher(RATE_HZ, engine=name, keeps_formants=True)
        done, begin = [], 0
        for frames, change in path:
            for at in range(begin, begin + frames, step):
                done.append(stretcher.process(samples[:, at : min(at + step, begin + frames)], change))
            begin += frames
        return np.concatenate([*done, stretcher.flush()], axis=1)

    whole = along(10_000)
    assert abs(whole.shape[1] - sum(frames / change.tempo for frames, change in path)) <= 1
    assert np.isfinite(whole).all()
    assert np.array_equal(along(cut), whole)


@engines
def test_mono_stays_mono(name: str) -> None:
    samples = music(20_000)[:1]
    result = changed(samples, Change(0.8, 2), name=name)
    both = changed(np.repeat(samples, 2, axis=0), Change(0.8, 2), name=name)
    assert result.shape == (1, 25_000)
    assert np.array_equal(result[0], both[0])


def test_nothing_asked_for_nothing_changed() -> None:
    samples = music(30_000)
    assert changed(samples, Change()) == pytest.approx(samples, abs=1e-6)


def test_formants_are_kept_on_request_alone() -> None:
    samples = music(30_000)
    assert np.array_equal(changed(samples, Change(0.8), formants=True), changed(samples, Change(0.8)))
    assert not np.array_equal(changed(samples, Change(1, 5), formants=True), changed(samples, Change(1, 5)))


def test_an_empty_stream_ends_empty() -> None:
    stretcher = Stretcher(RATE_HZ)
    assert stretcher.process(np.zeros((2, 0), np.float32), Change()).shape == (2, 0)
    assert stretcher.flush().shape == (2, 0)


@pytest.mark.parametrize(
    ("tempo", "semitones"), [(0.49, 0), (2.01, 0), (float("nan"), 0), (1, 12.5), (1, float("nan"))]
)
def test_what_is_out_of_range_is_refused(tempo: float, semitones: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        Change(tempo, semitones)


def test_three_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="channels"):
        Stretcher(RATE_HZ, 3)


@pytest.mark.slow
def test_ten_minutes_end_to_the_sample() -> None:
    stretcher = Stretcher(8000)
    second = music(8000, rate=8000)
    change = Change(0.8003, 0.37)
    frames = sum(stretcher.process(second, change).shape[1] for _ in range(600)) + stretcher.flush().shape[1]
    assert frames == round(600 * 8000 / 0.8003)
