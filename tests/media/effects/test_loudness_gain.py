from itertools import pairwise

import numpy as np
import pytest

from media.analysis.loudness import LoudnessMeter
from media.effects.loudness_gain import gain_towards, loudness_of
from tests.media.effects.signals import noise, sine
from tests.media.sounds import as_pcm, music


def test_loudness_at_48_khz_is_that_of_the_meter() -> None:
    meter = LoudnessMeter()
    meter.add(as_pcm(music(96_000)))
    assert loudness_of(np.split(music(96_000), [1000, 50_000], axis=1), 48_000) == meter.loudness_lufs


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 96_000])
def test_loudness_does_not_depend_on_the_rate(rate_hz: int) -> None:
    found = loudness_of([sine(3 * rate_hz, 997, 0.1, rate_hz)], rate_hz)
    # A sine of 997 Hz has its RMS of one channel as its loudness in two.
    assert found == pytest.approx(-20, abs=0.05)


def test_silence_has_no_loudness_and_needs_no_gain() -> None:
    assert loudness_of([np.zeros((2, 48_000), np.float32)], 48_000) is None
    assert gain_towards(-14, None, lambda _: None) == 0


def test_without_a_limiter_the_first_gain_is_right() -> None:
    asked: list[float] = []

    def limited(gain_db: float) -> float:
        asked.append(gain_db)
        return -30 + gain_db

    assert gain_towards(-14, -30, limited) == 16
    assert asked == [16]


def test_what_the_limiter_takes_is_given_back() -> None:
    # It takes half of what would be above -18.
    gain_db = gain_towards(-16, -30, lambda gain: min(-30 + gain, -18 + (-30 + gain + 18) / 2))
    assert -18 + (-30 + gain_db + 18) / 2 == pytest.approx(-16, abs=0.05)


def test_what_cannot_be_reached_ends() -> None:
    asked: list[float] = []

    def limited(gain_db: float) -> float:
        asked.append(gain_db)
        return -20

    assert gain_towards(-8, -60, limited) == 40
    assert len(asked) <= 6
    assert all(one <= other for one, other in pairwise(asked))


def test_blocks_may_be_cut_anywhere_at_any_rate() -> None:
    samples = noise(60_000)
    whole = loudness_of([samples], 44_100)
    assert whole == pytest.approx(loudness_of(np.split(samples, [7, 30_000], axis=1), 44_100), abs=1e-6)
