import numpy as np
import pytest
from numpy.typing import NDArray

from media.stretch.fourier import roots_of_unity
from media.stretch.vocoder_kernels import (
    CONTINUE,
    FIRST,
    LEAST_WEIGHT,
    STRIKE,
    apply_turns,
    cut_out,
    energies,
    lay_down,
    look_again,
    resound,
    scale,
    settle,
    turns,
    vocode,
)
from tests.media.sounds import Array, music

SIZE = 64
WINDOW = np.hanning(SIZE + 1)[:-1].astype(np.float32)


def spectrum(samples: Array) -> Array:
    transformed = np.fft.fft(samples[0].astype(np.float64) + 1j * samples[1])
    return np.stack([transformed.real, transformed.imag]).astype(np.float32)


def channels(transformed: Array) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Transforms of left and right, bins 0 … size / 2."""
    sound = np.fft.ifft(transformed[0].astype(np.float64) + 1j * transformed[1])
    return np.fft.rfft(sound.real), np.fft.rfft(sound.imag)


def test_a_frame_is_cut_at_its_edges() -> None:
    samples = music(200)
    frame = np.full((2, SIZE), 9.0, np.float32)
    cut_out(samples, 30, WINDOW, (10, 50, 0), frame)
    expected = samples[:, 30 : 30 + SIZE] * WINDOW
    expected[:, :10] = 0
    expected[:, 50:] = 0
    assert frame == pytest.approx(expected)
    cut_out(samples, 30, WINDOW, (20, 20, 0), frame)
    assert not frame.any()


def test_energy_is_that_of_both_channels() -> None:
    transformed = spectrum(music(SIZE))
    energy = np.empty(SIZE // 2 + 1, np.float32)
    energies(transformed[0], transformed[1], energy)
    left, right = channels(transformed)
    assert energy == pytest.approx(2 * (np.abs(left) ** 2 + np.abs(right) ** 2), rel=1e-3, abs=1e-5)


def test_turns_and_gains_act_on_both_channels_alike() -> None:
    transformed = spectrum(music(SIZE))
    angle = np.random.default_rng(1).uniform(-3, 3, SIZE // 2 + 1)
    angle[[0, -1]] = 0
    turn = np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    turned = np.empty_like(transformed)
    apply_turns(transformed, turn, turned)
    gain = np.linspace(0, 2, SIZE // 2 + 1).astype(np.float32)
    scale(turned, gain)
    for before, after in zip(channels(transformed), channels(turned), strict=True):
        assert after == pytest.approx(before * np.exp(1j * angle) * gain, abs=1e-4)


def test_each_peaks_region_turns_from_the_frame_before_to_the_last_output() -> None:
    bins = SIZE // 2 + 1
    energy = np.ones(bins, np.float32)
    energy[[8, 20]] = 100
    energy[14] = 0.5
    random = np.random.default_rng(2)
    before, last = random.standard_normal((2, 2, SIZE)).astype(np.float32)
    turn = np.zeros((2, bins), np.float32)
    turns(CONTINUE, before, before, last, energy, energy, turn)
    for peak, region in ((8, range(1, 14)), (20, range(14, bins - 1))):
        z_before, z_last = before[0] + 1j * before[1], last[0] + 1j * last[1]
        wanted = z_last[peak] * np.conj(z_before[peak]) + np.conj(z_last[-peak]) * z_before[-peak]
        for k in region:
            assert turn[0, k] + 1j * turn[1, k] == pytest.approx(wanted / abs(wanted), abs=1e-5)
    assert np.abs(turn[0, [0, -1]]).tolist() == [1, 1]


def test_an_onset_lets_alone_what_went_on() -> None:
    bins = SIZE // 2 + 1
    energy, earlier = np.ones(bins, np.float32), np.ones(bins, np.float32)
    energy[[8, 20]] = 100
    earlier[8] = 90
    turn = np.stack([np.zeros(bins), np.ones(bins)]).astype(np.float32)
    nothing = np.zeros((2, SIZE), np.float32)
    turns(STRIKE, nothing, nothing, nothing, energy, earlier, turn)
    assert turn[:, 8].tolist() == [0, 1]
    assert turn[:, 20].tolist() == [1, 0]
    turns(FIRST, nothing, nothing, nothing, energy, earlier, turn)
    assert (turn[0] == 1).all()


def test_a_frame_goes_in_and_comes_out() -> None:
    samples = music(200)
    spectra = np.zeros((8, SIZE + 8), np.float32)
    energy, turn = np.zeros((2, 2, SIZE // 2 + 1), np.float32)
    total, weights = np.zeros((2, 200), np.float32), np.zeros(200, np.float32)
    roots = roots_of_unity(SIZE)
    vocode(FIRST, samples, (40, 40), WINDOW, (0, SIZE, 0), (0, SIZE, 0), spectra, energy, turn, roots)
    resound(spectra, np.zeros(0, np.float32), WINDOW, (0, SIZE, 0), 20, total, weights, roots)
    assert total[:, 20 : 20 + SIZE] == pytest.approx(samples[:, 40 : 40 + SIZE] * WINDOW**2, abs=1e-6)
    assert weights[20 : 20 + SIZE] == pytest.approx(WINDOW**2, abs=1e-6)
    sound = np.empty((2, 40), np.float32)
    settle(total, weights, 32, 72, sound)
    assert sound == pytest.approx(samples[:, 52:92], abs=1e-4)
    assert not total[:, 32:72].any()
    look_again(samples, 40, WINDOW, (SIZE, SIZE, 0), spectra, turn, roots)
    assert not spectra[4:6, :SIZE].any()


def test_an_edge_that_fades_weighs_less() -> None:
    total, weights = np.zeros((2, SIZE), np.float32), np.zeros(SIZE, np.float32)
    lay_down(np.full((2, SIZE), SIZE, np.float32), np.ones(SIZE, np.float32), (8, 40, 4), 0, total, weights)
    expected = np.concatenate([np.zeros(8), [0.125, 0.375, 0.625, 0.875], np.ones(28), np.zeros(SIZE - 40)])
    assert weights == pytest.approx(expected)
    assert total[0] == pytest.approx(expected)


def test_where_nothing_was_laid_down_nothing_is_raised() -> None:
    sound = np.empty((2, 4), np.float32)
    settle(np.full((2, 4), 1e-6, np.float32), np.zeros(4, np.float32), 0, 4, sound)
    assert sound == pytest.approx(1e-6 / LEAST_WEIGHT)
