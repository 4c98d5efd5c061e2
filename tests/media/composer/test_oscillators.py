import numpy as np
import pytest

from media.composer.oscillators import hertz, noise, pulse, saw, sine, steps


def harmonics_and_rest(wave: np.ndarray, frequency: float) -> tuple[float, float]:
    """Energy at multiples of `frequency` (a divisor of the rate) and everywhere else."""
    spectrum = np.abs(np.fft.rfft(wave)) ** 2
    spacing = round(frequency * wave.size / 48_000)
    inside = np.zeros(spectrum.size, bool)
    inside[spacing::spacing] = True
    return float(spectrum[inside].sum()), float(spectrum[1:][~inside[1:]].sum())


def test_concert_pitch_is_440_hertz() -> None:
    assert hertz(69) == 440
    assert hertz(57) == pytest.approx(220)


def test_a_sine_is_a_sine() -> None:
    expected = np.sin(2 * np.pi * 1000 * np.arange(4800) / 48_000)
    assert np.abs(sine(steps(1000, 4800)) - expected).max() < 1e-4


@pytest.mark.parametrize("wave", ["saw", "pulse"])
def test_aliasing_is_far_below_a_plain_wave(wave: str) -> None:
    # 1230 Hz does not divide the rate into whole harmonics above half of it, so aliases fall between the harmonics.
    frames = 48_000
    step = steps(1230, frames)
    smooth = saw(step, 0.0) if wave == "saw" else pulse(step, 0.0, 0.5)
    turns = (1230 * np.arange(frames) / frames) % 1
    plain = 2 * turns - 1 if wave == "saw" else np.where(turns < 0.5, 1.0, -1.0)
    good, bad = harmonics_and_rest(smooth, 1230)
    plain_good, plain_bad = harmonics_and_rest(plain, 1230)
    assert 10 * np.log10(bad / good) < 10 * np.log10(plain_bad / plain_good) - 9


def test_waves_have_no_dc() -> None:
    assert abs(float(saw(steps(480, 48_000), 0.25).mean())) < 1e-3
    assert abs(float(pulse(steps(480, 48_000), 0.1, 0.3).mean())) < 1e-2


def test_noise_belongs_to_its_seed() -> None:
    one = noise(1000, np.random.default_rng(3))
    assert np.array_equal(one, noise(1000, np.random.default_rng(3)))
    assert one.std() == pytest.approx(0.3, rel=0.1)
