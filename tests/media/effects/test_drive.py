import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.true_peak import PHASES
from media.effects.drive import LATENCY_FRAMES, Drive, come_down, shape_up
from media.effects.settings import DriveSettings
from tests.media.effects.signals import RATE_HZ, amplitude, both, impulse, noise, sine, through

CLEAN = DriveSettings(0, 20_000, 0)
HARDEST = DriveSettings(36, 20_000, 6)


def low_pass(hertz: float, corner_hz: float) -> float:
    opening = 1 - np.exp(-2 * np.pi * corner_hz / RATE_HZ)
    return float(abs(opening / (1 - (1 - opening) * np.exp(-2j * np.pi * hertz / RATE_HZ))))


@pytest.mark.parametrize("hertz", [50, 1000, 10_000, 18_000])
def test_an_amount_of_nothing_leaves_the_low_pass_alone(hertz: float) -> None:
    found = amplitude(through(Drive(CLEAN, RATE_HZ), sine(24_000, hertz, 0.5)), hertz)
    assert 20 * np.log10(found / 0.5 / low_pass(hertz, 20_000)) == pytest.approx(0, abs=0.03)


def test_it_is_as_late_as_it_says() -> None:
    result = through(Drive(CLEAN, RATE_HZ), impulse(200, 50))
    assert np.abs(result[0]).argmax() == 50 + LATENCY_FRAMES == 50 + Drive.latency_frames


@pytest.mark.parametrize("amount_db", [0.0, 6.0, 24.0, 36.0])
def test_soft_sound_is_raised_and_full_scale_stays(amount_db: float) -> None:
    chosen = DriveSettings(amount_db, 20_000, 0)
    # Softer than what bends by a hundredth of a dB at 36 dB.
    soft = through(Drive(chosen, RATE_HZ), np.full((2, 2000), 1e-4, np.float32))[0, -1]
    full = through(Drive(chosen, RATE_HZ), np.ones((2, 2000), np.float32))[0, -1]
    assert 20 * np.log10(soft / 1e-4) == pytest.approx(amount_db, abs=0.01)
    assert full == pytest.approx(1, abs=1e-4)


def test_harmonics_are_odd_and_there_is_no_constant() -> None:
    result = through(Drive(DriveSettings(24, 20_000, 0), RATE_HZ), sine(48_000, 500, 0.5))
    assert abs(result[0, 24_000:].mean()) < 1e-6
    first, second, third = (amplitude(result, 500 * number) for number in (1, 2, 3))
    assert second < 1e-5
    assert third > 0.1 * first


@pytest.mark.parametrize(
    ("hertz", "amount_db", "bound_db"),
    [
        (1000.3, 36.0, -70.0),
        (5003.5, 12.0, -70.0),
        (5003.5, 24.0, -60.0),
        (10_000.3, 12.0, -70.0),
        (10_000.3, 36.0, -26.0),
    ],
)
def test_what_folds_back_is_as_soft_as_is_said(hertz: float, amount_db: float, bound_db: float) -> None:
    result = through(Drive(DriveSettings(amount_db, 20_000, 0), RATE_HZ), sine(96_000, hertz, 0.5))
    part = result[0, 48_000:].astype(np.float64) * np.blackman(48_000)
    spectrum = np.abs(np.fft.rfft(part)) / (0.42 * 24_000)
    places = np.arange(spectrum.size)
    harmonic = np.min([np.abs(places - hertz * number) for number in range(1, 25, 2)], axis=0) < 8
    heard = (places > 20) & (places < 16_000) & ~harmonic
    assert 20 * np.log10(spectrum[heard].max() / spectrum.max()) < bound_db


@settings(max_examples=10, deadline=None)
@given(block=st.integers(1, 700))
def test_any_cutting_gives_the_same_bits(block: int) -> None:
    samples = noise(2000, 0.6)
    assert np.array_equal(through(Drive(HARDEST, RATE_HZ), samples, block), through(Drive(HARDEST, RATE_HZ), samples))


@pytest.mark.parametrize("chosen", [HARDEST, CLEAN, DriveSettings(36, 1000, -24)])
def test_extremes_stay_numbers_and_silence_stays_silence(chosen: DriveSettings) -> None:
    result = through(Drive(chosen, RATE_HZ), noise(4000, 100.0))
    assert np.isfinite(result).all()
    if chosen.amount_db:
        # The curve ends at 1 + 2⁻¹²; interpolation on the way down overshoots by the sum of its taps.
        assert np.abs(result).max() < 2 * 5
    assert not through(Drive(chosen, RATE_HZ), np.zeros((2, 4000), np.float32)).any()


def test_channels_do_not_touch_each_other() -> None:
    samples = noise(2000, 0.5)
    alone = samples.copy()
    alone[1] = 0
    assert np.array_equal(through(Drive(HARDEST, RATE_HZ), samples)[0], through(Drive(HARDEST, RATE_HZ), alone)[0])


def test_loops_interpolate_bend_and_come_down_as_plain_sums() -> None:
    filters = np.concatenate([np.eye(1, 32, 15), PHASES]).astype(np.float64)
    sound = noise(131, 0.5).astype(np.float64)
    shaped = np.zeros((2, 4, 131))
    shape_up(sound, filters, 4.0, shaped)
    for phase in range(4):
        x = np.convolve(sound[0], filters[phase][::-1], "valid")
        assert shaped[0, phase, 31:] == pytest.approx(4 * x / np.sqrt(1 + 15 * x * x), abs=1e-12)
    driven = np.zeros((2, 100), np.float32)
    come_down(shaped, filters, (1.0, 0.5), np.zeros(2), driven)
    wanted = sum(np.convolve(shaped[1, phase], filters[phase], "valid") for phase in range(4)) / 8
    assert driven[1] == pytest.approx(wanted, abs=1e-6)


def test_a_constant_settles() -> None:
    assert through(Drive(DriveSettings(), RATE_HZ), both(np.full(3000, 0.3)))[0, -1] > 0.3
