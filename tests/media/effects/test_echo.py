import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.effects.echo import Echo, repeat
from media.effects.settings import EchoSettings
from tests.media.effects.signals import RATE_HZ, amplitude, impulse, noise, sine, through


def test_repeats_come_in_time_each_softer_by_the_feedback_and_duller() -> None:
    chosen = EchoSettings(0.05, 0.5, 0.8, 16_000)
    result = through(Echo(chosen, RATE_HZ), impulse(RATE_HZ))[0].astype(np.float64)
    assert result[0] == 1
    assert not result[1:2400].any()
    sums = [result[2400 * number : 2400 * (number + 1)].sum() for number in range(1, 5)]
    # A low-pass keeps the sum of what passes.
    assert sums == pytest.approx([0.8 * 0.5**number for number in range(4)], rel=1e-4)
    heights = [result[2400 * number] for number in range(1, 4)]
    assert heights[1] / heights[0] < 0.5
    assert heights[2] / heights[1] < 0.5


def test_tone_is_the_corner_of_the_low_pass() -> None:
    chosen = EchoSettings(0.5, 0.0, 1.0, 2000)
    result = through(Echo(chosen, RATE_HZ), np.concatenate([impulse(1), np.zeros((2, RATE_HZ), np.float32)], axis=1))
    spectrum = np.abs(np.fft.rfft(result[0, 24_000 : 24_000 + 19_200]))
    assert spectrum[0] == pytest.approx(1, abs=1e-3)
    assert spectrum[800] == pytest.approx(0.5**0.5, abs=0.03)


@settings(max_examples=10, deadline=None)
@given(block=st.integers(1, 1200))
def test_any_cutting_gives_the_same_bits(block: int) -> None:
    samples = noise(4000)
    chosen = EchoSettings(0.02, 0.9, 1, 500)
    assert np.array_equal(through(Echo(chosen, RATE_HZ), samples, block), through(Echo(chosen, RATE_HZ), samples))


def test_at_its_strongest_it_is_bounded_and_ends_with_its_tail() -> None:
    chosen = EchoSettings(0.02, 0.9, 1, 16_000)
    echo = Echo(chosen, RATE_HZ)
    result = through(
        echo, np.concatenate([np.ones((2, 100_000)), np.zeros((2, echo.tail_frames))], axis=1).astype(np.float32)
    )
    # A geometric series: 1 + 1 / (1 - 0.9).
    assert result.max() == pytest.approx(11, abs=0.01)
    assert np.abs(result[:, -10:]).max() < 0.02


@pytest.mark.parametrize(
    ("chosen", "seconds"),
    [
        (EchoSettings(0.5, 0.0), 0.5),
        (EchoSettings(2, 0.9), 30),
        (EchoSettings(mix=0), 0),
        (EchoSettings(0.1, 0.1), 0.4),
    ],
)
def test_the_tail_lasts_until_nothing_is_heard(chosen: EchoSettings, seconds: float) -> None:
    assert Echo(chosen, RATE_HZ).tail_frames == pytest.approx(seconds * RATE_HZ, abs=RATE_HZ * 0.01)


def test_mix_of_nothing_changes_nothing_and_silence_stays_silence() -> None:
    samples = noise(3000)
    assert np.array_equal(through(Echo(EchoSettings(0.02, mix=0), RATE_HZ), samples), samples)
    assert not through(Echo(EchoSettings(0.02, 0.9, 1), RATE_HZ), np.zeros((2, 5000), np.float32)).any()


def test_an_old_echo_fades_to_exactly_nothing() -> None:
    line, tone = np.full((2, 4), 1e-21), np.full(2, 1e-21)
    silent = np.zeros((2, 4), np.float32)
    assert repeat(silent, silent.copy(), line, 0, tone, (0.9, 1.0, 0.5)) == 0
    assert not line.any()
    assert not tone.any()


def test_sines_stay_sines() -> None:
    result = through(Echo(EchoSettings(0.02, 0.5, 0.5, 16_000), RATE_HZ), sine(48_000, 1000, 0.3))
    found = amplitude(result, 1000)
    rest = result[0, 24_000:].astype(np.float64)
    assert np.sqrt(2 * np.mean(rest**2)) == pytest.approx(found, rel=1e-4)
