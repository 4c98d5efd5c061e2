import numpy as np
import pytest

from media.stretch.formants import Envelope, envelope_gain
from media.stretch.fourier import roots_of_unity
from tests.media.sounds import Array

SIZE = 4096
HERTZ = np.fft.rfftfreq(SIZE, 1 / 44_100)


def voice_energy(pitch: float, formant: float) -> Array:
    """Energy of the bins of a voice: partials under one broad formant."""
    envelope_db = -30 * ((HERTZ - formant) / 1500) ** 2
    near = np.abs((HERTZ + pitch / 2) % pitch - pitch / 2)
    return np.asarray(10 ** (np.maximum(envelope_db, -60) / 10) * np.exp(-((near / 15) ** 2)) + 1e-9, np.float32)


@pytest.mark.parametrize("semitones", [-7, -3, 4, 7])
def test_formants_come_back_to_where_they_were(semitones: float) -> None:
    ratio = 2 ** (semitones / 12)
    # Raised with the pitch, as resampling does, from a formant at 1200 Hz.
    shifted = voice_energy(150 * ratio, 1200 * ratio)
    gain = Envelope(44_100, SIZE).gain(shifted, ratio)
    partials = np.round(150 * ratio * np.arange(2, 18) / HERTZ[1]).astype(int)
    levels = 10 * np.log10(shifted[partials] * gain[partials] ** 2)
    loudest = HERTZ[partials[levels.argmax()]]
    assert loudest == pytest.approx(1200, abs=150)


def test_without_a_change_of_pitch_nothing_is_weighted() -> None:
    assert Envelope(44_100, SIZE).gain(voice_energy(150, 900), 1.0) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("energy", [np.zeros(2049), np.full(2049, 1e-20), np.full(2049, 1e6)])
def test_silence_and_noise_get_sane_gains(energy: Array) -> None:
    gain = Envelope(44_100, SIZE).gain(energy.astype(np.float32), 1.5)
    assert np.isfinite(gain).all()
    assert np.abs(np.log(gain)).max() <= 3.001


@pytest.mark.parametrize(("pitch", "period"), [(180, 245), (None, None)])
def test_the_kernel_equals_its_plain_twin(pitch: float | None, period: int | None) -> None:
    ratio, size = 1.3, SIZE // 2
    energy = voice_energy(pitch, 1000) if pitch else np.asarray(1 + np.cos(HERTZ / 4000) + 1e-3, np.float32)
    gain = np.empty(SIZE // 2 + 1, np.float32)
    envelope_gain(energy, ratio, (60, 55), np.zeros((5, size), np.float32), roots_of_unity(size), gain)
    pooled = np.array([energy[max(0, 2 * j - 1) : 2 * j + 2].max() for j in range(size // 2 + 1)], np.float64)
    target = 0.5 * np.log(np.maximum(pooled, 1e-10 * energy.max()))
    # A voice's envelope is as fine as its period allows, which is 44 100 / 180 samples.
    cut = period or 60
    quefrency = np.arange(size // 2 + 1)
    lifter = np.where(quefrency < cut, 0.54 + 0.46 * np.cos(np.pi * quefrency / cut), 0)
    smooth = target
    for round_number in range(3):
        target = np.maximum(target, smooth) if round_number else target
        cepstrum = np.fft.irfft(target)[: size // 2 + 1] * lifter
        smooth = np.fft.rfft(np.concatenate([cepstrum, cepstrum[-2:0:-1]])).real
    bins, place = np.arange(SIZE // 2 + 1), np.arange(size // 2 + 1)
    expected = np.interp(bins * ratio / 2, place, smooth) - np.interp(bins / 2, place, smooth)
    assert np.log(gain) == pytest.approx(np.clip(expected, -3, 3), abs=2e-3)
