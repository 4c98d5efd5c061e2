import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import minimum_filter1d

from media.analysis.true_peak import PHASES
from media.effects.limiter import MARGIN_DB, Limiter, latency_frames, lookahead_frames
from media.effects.settings import LimiterSettings
from tests.media.effects.signals import RATE_HZ, both, impulse, noise, sine, through, true_peak_db
from tests.media.sounds import Array, music

FASTEST = LimiterSettings(0, 0.01)


def limited(
    samples: Array, chosen: LimiterSettings = FASTEST, rate_hz: int = RATE_HZ, block: int | None = None
) -> Array:
    """All that comes out, also of the last frame."""
    padded = np.concatenate([samples, np.zeros((2, latency_frames(rate_hz)), np.float32)], axis=1)
    return through(Limiter(chosen, rate_hz), np.ascontiguousarray(padded), block)


def alternating(seed: int, frames: int = 6000) -> Array:
    """Signs and levels that change at random: what interpolation overshoots most, with gains that swing from end to end."""
    random = np.random.default_rng(seed)
    levels = 10 ** (np.repeat(random.uniform(-40, 40, frames // 50), 50) / 20)
    return (random.choice([-1.0, 1.0], (2, frames)) * levels).astype(np.float32)


def worst_signs() -> Array:
    """Signs of the longest sum that interpolation can reach, again and again, each time louder or softer."""
    signs = np.sign(PHASES[1])[::-1]
    random = np.random.default_rng(8)
    return both(
        np.concatenate([np.concatenate([signs * level, np.zeros(9)]) for level in 10 ** random.uniform(-2, 2, 150)])
    )


@pytest.mark.parametrize("ceiling_db", [0.0, -1.0, -12.0])
@pytest.mark.parametrize(
    "samples",
    [
        music(24_000) * 8,
        noise(24_000, 4.0),
        sine(24_000, 12_000 * 1.003, 3.0),
        alternating(1),
        worst_signs(),
        impulse(5000, 777) * 90,
    ],
    ids=["music", "noise", "sine", "signs", "worst", "impulse"],
)
def test_no_true_peak_passes_the_ceiling(samples: Array, ceiling_db: float) -> None:
    found = true_peak_db(limited(samples, LimiterSettings(ceiling_db, 0.01)))
    assert found <= ceiling_db
    assert found > ceiling_db - 1.5


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    hits=st.lists(st.tuples(st.integers(0, 1500), st.floats(-200, 200, width=32)), max_size=30),
    release=st.floats(0.01, 1),
)
def test_no_true_peak_passes_the_ceiling_whatever_comes(
    seed: int, hits: list[tuple[int, float]], release: float
) -> None:
    samples = alternating(seed, 1600)
    for place, level in hits:
        samples[place % 2, place] = level
    assert true_peak_db(limited(samples, LimiterSettings(0, release))) <= 0


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 48_000, 192_000])
def test_the_margin_is_the_bound_of_what_interpolation_makes_of_a_gain_that_changes(rate_hz: int) -> None:
    places = np.arange(32) - 15 - np.arange(1, 4)[:, None] / 4
    steepest = (np.abs(PHASES) * np.abs(places)).sum(axis=1).max() / lookahead_frames(rate_hz)
    assert 20 * np.log10(1 + steepest) < MARGIN_DB


def test_what_stays_below_passes_to_the_bit_as_late_as_is_said() -> None:
    samples = music(20_000)
    samples *= np.float32(0.4)
    result = limited(samples)
    late = latency_frames(RATE_HZ)
    assert late == 272
    assert np.array_equal(result[:, late:], samples)
    assert not result[:, :late].any()


def test_after_a_peak_the_level_is_back_to_the_bit() -> None:
    samples = np.full((2, 30_000), 0.3, np.float32)
    samples[0, 500] = 9
    result = limited(samples, LimiterSettings(-1, 0.01))[:, 272:]
    assert np.array_equal(result[:, :200], samples[:, :200])
    assert np.array_equal(result[:, -2000:], samples[:, -2000:])
    assert result[1, 500] == pytest.approx(0.3 * 10 ** (-1.2 / 20) / 9, rel=1e-3)


def test_release_takes_the_time_it_is_given() -> None:
    samples = np.full((2, 48_000), 0.5, np.float32)
    samples[:, 1000] = 10
    result = limited(samples, LimiterSettings(0, 0.2))[0, 272:] / 0.5
    begin = 1000 + lookahead_frames(RATE_HZ)
    down = 1 - result[begin]
    assert 1 - result[begin + 9600] == pytest.approx(down * np.exp(-1), abs=0.02)


def test_the_gain_is_that_of_plain_filters() -> None:
    samples = alternating(4, 3000)
    window = np.concatenate([samples, np.zeros((2, 31), np.float32)], axis=1).astype(np.float64)
    peaks = np.zeros(3000)
    for row in window:
        peaks = np.maximum(peaks, np.abs(row[:3000]))
        for phase in PHASES.astype(np.float64):
            between = np.convolve(np.concatenate([np.zeros(15), row]), phase[::-1], "valid")
            peaks = np.maximum(peaks, np.abs(between[:3000]))
    ceiling = 10 ** (-0.2 / 20)
    needed = np.minimum(1, ceiling / np.maximum(peaks, 1e-12))
    lookahead = lookahead_frames(RATE_HZ)
    size = lookahead + 33
    padded = np.concatenate([np.ones(size), needed, np.ones(lookahead + size)])
    held = minimum_filter1d(padded, size, origin=size // 2 - (size + 1) % 2, mode="constant", cval=1.0)
    keep, level, recovering = np.exp(-1 / (0.01 * RATE_HZ)), 1.0, np.empty_like(held)
    for frame, bound in enumerate(held):
        level = min(1 - keep * (1 - level), bound)
        recovering[frame] = level
    averaged = np.convolve(recovering, np.ones(lookahead) / lookahead)[: recovering.size]
    gain = averaged[size + lookahead + 16 :][:3000]
    assert limited(samples)[:, 272:] == pytest.approx(samples * gain, abs=1e-4)


@settings(max_examples=10, deadline=None)
@given(block=st.integers(1, 700))
def test_any_cutting_gives_the_same_bits(block: int) -> None:
    samples = alternating(3, 2000)
    assert np.array_equal(limited(samples, block=block), limited(samples))


@pytest.mark.parametrize("rate_hz", [8000, 22_050, 44_100, 96_000, 192_000])
def test_every_rate_keeps_the_ceiling(rate_hz: int) -> None:
    assert true_peak_db(limited(alternating(6), rate_hz=rate_hz)) <= 0


def test_silence_stays_silence_and_a_constant_ends_at_the_ceiling() -> None:
    assert not limited(np.zeros((2, 3000), np.float32)).any()
    result = limited(np.full((2, 30_000), 7.0, np.float32), LimiterSettings(-3, 0.1))
    assert result[0, 20_000] == pytest.approx(10 ** (-3.2 / 20), rel=1e-6)
