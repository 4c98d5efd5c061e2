import numpy as np
import pytest

from media.stretch.wsola import Wsola, best_place, cross
from tests.media.sounds import Array, music
from tests.media.stretch.signals import RATE_HZ, tone


def stretched(samples: Array, rate: float) -> Array:
    engine = Wsola(RATE_HZ)
    return np.concatenate([engine.process(samples, rate), engine.flush()], axis=1)


def voice(frames: int) -> Array:
    """Pulses of 120 Hz through one resonance: what the method is made for."""
    t = np.arange(frames) / RATE_HZ
    since = (t * 120) % 1 / 120
    wave = 0.5 * np.exp(-since * 300) * np.sin(2 * np.pi * 700 * since)
    return np.stack([wave, 0.5 * wave]).astype(np.float32)


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_a_voice_keeps_its_pitch_and_its_resonance(rate: float) -> None:
    result = stretched(voice(60_000), rate)
    part = result[0, 4000:-4000]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size)))
    hertz = np.fft.rfftfreq(part.size, 1 / RATE_HZ)
    pitch = hertz[(hertz > 90) & (hertz < 150)][spectrum[(hertz > 90) & (hertz < 150)].argmax()]
    assert pitch == pytest.approx(120, abs=3)
    assert 500 < hertz[spectrum.argmax()] < 900
    assert (part**2).mean() == pytest.approx((voice(60_000)[0] ** 2).mean(), rel=0.1)


def test_both_channels_are_taken_from_the_same_place() -> None:
    result = stretched(voice(40_000), 0.7)
    assert result[1] == pytest.approx(0.5 * result[0], abs=1e-6)


def test_the_best_place_is_where_the_sound_goes_on() -> None:
    samples = music(6000, seed=3)
    samples[:, 4000:4500] = samples[:, 1000:1500]
    assert 3800 + best_place(samples, 1000, 3800, 500, 250) == 4000


def test_opposite_channels_are_searched_too() -> None:
    samples = np.array([[1.0], [-1.0]], np.float32) * tone(8000)[:1]
    samples[:, 4000:4500] = samples[:, 1000:1500]
    assert 3980 + best_place(samples, 1000, 3980, 500, 40) == 4000


def test_crossing_over_is_a_weighted_sum() -> None:
    samples = music(300)
    rise = np.linspace(0, 1, 100).astype(np.float32)
    sound = np.empty((2, 100), np.float32)
    cross(samples, 20, 150, rise, sound)
    assert sound == pytest.approx(samples[:, 20:120] * (1 - rise) + samples[:, 150:250] * rise, abs=1e-6)


def test_nothing_is_laid_down_beyond_a_fast_end() -> None:
    engine = Wsola(RATE_HZ)
    pieces = [(106, 1.0), (614, 2.0), (1919, 4.0)]
    done = [engine.process(music(frames), rate) for frames, rate in pieces]
    due = round(106 + 614 / 2 + 1919 / 4)
    assert sum(each.shape[1] for each in done) <= due
    assert sum(each.shape[1] for each in [*done, engine.flush()]) == due
