import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.pcm import Samples
from media.stems.separation import begin_for, grid_of, separate
from tests.media.stems.fakes import Shares, noise


@given(st.integers(1, 6000), st.integers(1, 3000))
def test_stems_are_as_long_as_the_mix_and_add_up_to_it(frames: int, block: int) -> None:
    mix = noise(frames)
    blocks = [mix[:, at : at + block] for at in range(0, frames, block)]
    stems = np.concatenate(list(separate(blocks, 48_000, Shares())), axis=-1)
    assert stems.shape == (2, 2, frames)
    assert np.array_equal(stems[0] + stems[1], mix)
    whole = np.concatenate(list(separate([mix], 48_000, Shares())), axis=-1)
    assert np.array_equal(stems, whole)


@given(st.integers(1, 8000), st.data())
def test_beginning_in_the_middle_gives_the_same_samples(frames: int, data: st.DataObject) -> None:
    """A model whose answer depends on where the window lies, as all have at its edges."""

    class Edgy(Shares):
        def estimate(self, window: Samples) -> Samples:
            return super().estimate(window) * np.linspace(0.5, 1, window.shape[1], dtype=np.float32)

    mix = noise(frames)
    whole = np.concatenate(list(separate([mix], 48_000, Edgy())), axis=-1)
    frame = data.draw(st.integers(0, frames))
    begin = begin_for(frame, frames, *grid_of(Edgy(), 48_000))
    assert 0 <= begin <= frame
    rest = np.concatenate(list(separate([mix[:, begin:]], 48_000, Edgy())), axis=-1)
    assert np.array_equal(rest[..., frame - begin :], whole[..., frame:])


def test_each_stem_is_what_the_model_says() -> None:
    mix = noise(5000)
    stems = np.concatenate(list(separate([mix], 48_000, Shares(shares=(0.75, 0.25)))), axis=-1)
    np.testing.assert_allclose(stems[0], 0.75 * mix, atol=1e-6)
    np.testing.assert_allclose(stems[1], 0.25 * mix, atol=1e-6)


def test_the_first_block_comes_after_one_window() -> None:
    shares = Shares()
    first = next(separate([noise(10_000)], 48_000, shares))
    assert first.shape == (2, 2, 900)
    assert shares.asked == 1


def test_leaving_off_asks_the_model_no_more() -> None:
    shares = Shares()
    for number, _ in enumerate(separate([noise(10_000)], 48_000, shares)):
        if number == 2:
            break
    assert shares.asked == 3


@pytest.mark.parametrize("rate_hz", [44_100, 8_000, 96_000])
def test_sound_of_another_rate_keeps_it(rate_hz: int) -> None:
    frames = rate_hz
    tone = (0.4 * np.sin(np.arange(frames) * 2 * np.pi * 440 / rate_hz)).astype(np.float32)
    mix = (np.round(np.stack([tone, tone]) * 2**23) / 2**23).astype(np.float32)
    separator = Shares(window_frames=24_000, shares=(0.75, 0.25))
    stems = np.concatenate(list(separate([mix], rate_hz, separator)), axis=-1)
    assert stems.shape == (2, 2, frames)
    assert np.array_equal(stems[0] + stems[1], mix)
    inner = slice(frames // 10, -frames // 10)
    np.testing.assert_allclose(stems[0][:, inner], 0.75 * mix[:, inner], atol=2e-3)


def test_nothing_gives_nothing() -> None:
    assert list(separate([], 48_000, Shares())) == []
