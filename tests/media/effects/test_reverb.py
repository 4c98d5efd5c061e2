import numpy as np
import pytest
from scipy.signal import oaconvolve

from media.effects.impulse_response import impulse_response
from media.effects.reverb import BLOCK_FRAMES, Reverb, add_products
from media.effects.settings import SPACES, ReverbSettings, Space
from tests.media.effects.signals import RATE_HZ, noise, through


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("mix", [0.3, 1.0])
def test_it_is_the_convolution_beside_the_sound(space: Space, mix: float) -> None:
    samples = noise(20 * BLOCK_FRAMES)
    result = through(Reverb(ReverbSettings(space, mix), RATE_HZ), samples, BLOCK_FRAMES)
    answer = oaconvolve(samples.astype(np.float64), impulse_response(space, RATE_HZ).astype(np.float64), axes=1)
    wanted = np.cos(mix * np.pi / 2) * samples + np.sin(mix * np.pi / 2) * answer[:, : samples.shape[1]]
    assert result == pytest.approx(wanted, abs=1e-6)


def test_mix_of_nothing_changes_nothing_and_has_no_tail() -> None:
    reverb = Reverb(ReverbSettings("hall", 0), RATE_HZ)
    samples = noise(BLOCK_FRAMES)
    assert np.array_equal(reverb.process(samples), samples)
    assert reverb.tail_frames == 0


def test_noise_keeps_its_level_whatever_the_mix() -> None:
    samples = noise(40 * BLOCK_FRAMES)
    for mix in (0.25, 0.5, 1.0):
        result = through(Reverb(ReverbSettings("room", mix), RATE_HZ), samples, BLOCK_FRAMES)
        change = np.std(result[:, 30_000:]) / np.std(samples)
        assert abs(20 * np.log10(change)) < 0.5


def test_silence_stays_silence_and_a_tail_ends() -> None:
    reverb = Reverb(ReverbSettings("room", 1), RATE_HZ)
    assert not reverb.process(np.zeros((2, BLOCK_FRAMES), np.float32)).any()
    frames = BLOCK_FRAMES * (2 + -(-reverb.tail_frames // BLOCK_FRAMES))
    samples = np.concatenate([noise(BLOCK_FRAMES), np.zeros((2, frames), np.float32)], axis=1)
    result = through(Reverb(ReverbSettings("room", 1), RATE_HZ), samples, BLOCK_FRAMES)
    assert np.abs(result[:, -BLOCK_FRAMES:]).max() < 1e-9


def test_the_loop_adds_up_products_around_the_ring() -> None:
    random = np.random.default_rng(1)
    spectra, pieces = (random.standard_normal((2, 3, 5)) + 1j * random.standard_normal((2, 3, 5)) for _ in range(2))
    total = np.zeros((2, 5), np.complex128)
    add_products(spectra, pieces, 2, total)
    assert total == pytest.approx((np.roll(spectra, -2, axis=1) * pieces).sum(axis=1))
