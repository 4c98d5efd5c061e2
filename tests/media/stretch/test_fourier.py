import numpy as np
import pytest

from media.stretch.fourier import roots_of_unity, transform


@pytest.mark.parametrize("size", [2**power for power in range(2, 14)])
def test_the_transform_equals_numpys(size: int) -> None:
    random = np.random.default_rng(size)
    signal = (random.standard_normal(size) + 1j * random.standard_normal(size)).astype(np.complex64)
    re, im = signal.real.copy(), signal.imag.copy()
    transform(re, im, np.empty_like(re), np.empty_like(im), roots_of_unity(size))
    expected = np.fft.fft(signal.astype(np.complex128))
    assert np.abs(re + 1j * im - expected).max() < 1e-6 * np.abs(expected).max()


def test_exchanged_parts_transform_back() -> None:
    random = np.random.default_rng(1)
    signal = random.standard_normal((2, 256)).astype(np.float32)
    re, im = signal[0].copy(), signal[1].copy()
    room = np.empty((2, 256), np.float32)
    roots = roots_of_unity(256)
    transform(re, im, room[0], room[1], roots)
    transform(im, re, room[0], room[1], roots)
    assert np.stack([re, im]) / 256 == pytest.approx(signal, abs=1e-6)
