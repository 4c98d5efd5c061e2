import numpy as np
import pytest

from media.composer.bass import Bass, Style
from media.composer.rhythm import Event

STYLES: tuple[Style, ...] = ("sub", "upright", "saw", "reese", "round")


@pytest.mark.parametrize("style", STYLES)
def test_the_bottom_is_mono(style: Style) -> None:
    sound = Bass(style).play([Event(0, 0.4, 36, 0.8, "")], 24_000, np.random.default_rng(1))
    assert np.array_equal(sound[0], sound[1])


@pytest.mark.parametrize("style", STYLES)
def test_most_of_it_is_low(style: Style) -> None:
    sound = Bass(style).play([Event(0, 0.9, 36, 0.8, "")], 48_000, np.random.default_rng(1))[0]
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(sound.size, 1 / 48_000)
    assert spectrum[hertz < 300].sum() > 0.9 * spectrum.sum()
