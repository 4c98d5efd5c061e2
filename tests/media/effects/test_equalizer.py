import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import sosfilt

from media.effects.equalizer import QUALITY, Equalizer, filter_row, peaking, response_db
from media.effects.settings import BANDS_HZ, EqualizerSettings
from tests.media.effects.signals import RATE_HZ, amplitude, impulse, noise, sine, through

GAINS = st.lists(st.floats(-12, 12), min_size=10, max_size=10).map(tuple)
EXTREMES = [(12.0,) * 10, (-12.0,) * 10, (12.0, -12.0) * 5]


@pytest.mark.parametrize("band", range(10))
@pytest.mark.parametrize("gain_db", [-12.0, 12.0])
def test_a_band_has_its_gain_in_the_middle_and_half_of_it_half_an_octave_away(band: int, gain_db: float) -> None:
    gains = EqualizerSettings(tuple(gain_db if number == band else 0.0 for number in range(10)))
    centre = BANDS_HZ[band]
    found = response_db(gains, np.array([centre, centre / 2**0.5, 10.0]), RATE_HZ)
    assert found[0] == pytest.approx(gain_db, abs=1e-9)
    # The octave is exact in the analogue filter; near half the rate the bilinear transform makes it narrower.
    if centre < 8000:
        assert found[1] == pytest.approx(gain_db / 2, abs=0.6)
    assert abs(found[2]) < 1.2


@settings(max_examples=20, deadline=None)
@given(gains=GAINS, hertz=st.floats(25, 20_000))
def test_a_sine_comes_out_as_loud_as_the_formula_says(gains: tuple[float, ...], hertz: float) -> None:
    chosen = EqualizerSettings(gains)
    found = amplitude(through(Equalizer(chosen, RATE_HZ), sine(48_000, hertz, 0.1)), hertz)
    wanted = response_db(chosen, np.array([hertz]), RATE_HZ)[0]
    assert 20 * np.log10(found / 0.1) == pytest.approx(wanted, abs=0.05)


def test_the_loop_filters_as_scipy_does() -> None:
    chosen = (3.0, -6.0, 1.0, 12.0, -12.0, 0.5, 2.0, -2.0, 6.0, -3.0)
    sections = [[*peaking(hertz, gain, RATE_HZ)] for hertz, gain in zip(BANDS_HZ, chosen, strict=True)]
    wanted = sosfilt([[*row[:3], 1.0, *row[3:]] for row in sections], noise(5000).astype(np.float64), axis=1)
    sound = noise(5000).astype(np.float64)
    filter_row(sound, np.array(sections), np.zeros((10, 4)))
    assert sound == pytest.approx(wanted, abs=1e-11)


@settings(max_examples=10, deadline=None)
@given(gains=GAINS, block=st.integers(1, 700))
def test_any_cutting_gives_the_same_bits(gains: tuple[float, ...], block: int) -> None:
    samples = noise(2000)
    whole = through(Equalizer(EqualizerSettings(gains), RATE_HZ), samples)
    assert np.array_equal(through(Equalizer(EqualizerSettings(gains), RATE_HZ), samples, block), whole)


@pytest.mark.parametrize("gains", EXTREMES)
@pytest.mark.parametrize("rate_hz", [8000, 44_100, 192_000])
def test_an_impulse_dies_away_at_every_extreme(gains: tuple[float, ...], rate_hz: int) -> None:
    result = through(Equalizer(EqualizerSettings(gains), rate_hz), impulse(2 * rate_hz))
    assert np.isfinite(result).all()
    assert np.abs(result[:, rate_hz:]).max() < 1e-6


def test_a_constant_keeps_its_level_and_silence_its_silence() -> None:
    chosen = EqualizerSettings((0.0,) * 5 + (12.0,) * 5)
    assert through(Equalizer(chosen, RATE_HZ), np.full((2, 48_000), 0.5, np.float32))[:, -1] == pytest.approx(
        0.5, abs=1e-5
    )
    assert not through(Equalizer(EqualizerSettings(EXTREMES[0]), RATE_HZ), np.zeros((2, 5000), np.float32)).any()


def test_gains_of_nothing_change_nothing() -> None:
    samples = noise(3000)
    assert np.array_equal(through(Equalizer(EqualizerSettings(), RATE_HZ), samples), samples)


def test_bands_that_the_rate_cannot_hold_do_nothing() -> None:
    assert peaking(16_000, 12, 22_050) == (1.0, 0.0, 0.0, 0.0, 0.0)
    assert pytest.approx(2**0.5) == QUALITY
