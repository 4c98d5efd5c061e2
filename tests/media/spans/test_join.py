import numpy as np
import pytest

from media.pcm import Samples
from media.spans.grid import JOIN_FROM, OVERLAP_FRAMES, REACH_FRAMES, SEARCH_FRAMES, SETTLED
from media.spans.join import NEW_FRAMES, OLD_FRAMES, best_match, cross_over, joined
from tests.media.sounds import Array, music


def pair(lag: int) -> tuple[Array, Array]:
    """An old span, and a new one that is `lag` frames late to it."""
    # With as much noise as tones: tones alone are alike at many lags.
    samples = music(NEW_FRAMES + 2000, seed=4)
    noise = np.random.default_rng(4).standard_normal((2, samples.shape[1] + 2)).astype(np.float32)
    # Without the highest frequencies, which reading between frames takes away.
    samples += np.float32(0.1) * (noise[:, :-2] + 2 * noise[:, 1:-1] + noise[:, 2:])
    return samples[:, 1000 : 1000 + OLD_FRAMES], samples[:, 1000 - lag : 1000 - lag + NEW_FRAMES]


@pytest.mark.parametrize("lag", [0, 1, -1, 17, -203, REACH_FRAMES, -REACH_FRAMES])
def test_the_lag_between_equals_is_found_and_let_go(lag: int) -> None:
    old, new = pair(lag)
    match = best_match(old, new)
    assert match.lag == lag
    assert match.correlation == pytest.approx(1.0)
    assert JOIN_FROM <= match.place <= JOIN_FROM + SEARCH_FRAMES
    sound = joined(old, new)
    assert sound.shape == (2, SETTLED - JOIN_FROM)
    behind = match.place + OVERLAP_FRAMES - JOIN_FROM
    assert np.allclose(sound[:, :behind], old[:, JOIN_FROM : JOIN_FROM + behind], atol=1e-5)
    # It ends where the new span goes on by itself.
    assert np.allclose(sound[:, -3:], new[:, SETTLED - 3 : SETTLED], atol=0.03)


def test_equal_spans_are_joined_without_a_trace() -> None:
    old, new = pair(0)
    assert np.allclose(joined(old, new), new[:, JOIN_FROM:SETTLED], atol=1e-6)


def test_silence_is_joined_at_once_without_a_lag() -> None:
    nothing = np.zeros((2, NEW_FRAMES), np.float32)
    match = best_match(nothing[:, :OLD_FRAMES], nothing)
    assert (match.place, match.lag) == (JOIN_FROM, 0)
    assert not joined(nothing[:, :OLD_FRAMES], nothing).any()


def test_where_only_one_is_silent_nothing_breaks() -> None:
    old, new = pair(0)
    for one, other in ((np.zeros_like(old), new), (old, np.zeros_like(new))):
        sound = joined(one, other)
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= 1.01 * max(np.abs(one).max(), np.abs(other).max())


def test_a_rest_is_a_good_place() -> None:
    random = np.random.default_rng(5)
    old = (random.standard_normal((2, OLD_FRAMES)) * 0.1).astype(np.float32)
    new = (random.standard_normal((2, NEW_FRAMES)) * 0.1).astype(np.float32)
    rest = slice(JOIN_FROM + 12_000, JOIN_FROM + 12_000 + OVERLAP_FRAMES + 2 * REACH_FRAMES)
    old[:, rest] = new[:, rest] = 0
    assert rest.start - REACH_FRAMES <= best_match(old, new).place <= rest.stop - OVERLAP_FRAMES


def power(samples: Samples) -> float:
    return float((samples.astype(np.float64) ** 2).mean())


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9, 1.0])
def test_power_stays_over_the_crossing_for_sounds_of_any_likeness(correlation: float) -> None:
    random = np.random.default_rng(6)
    powers = np.zeros(8)
    for _ in range(200):
        common, own = (random.standard_normal((2, OVERLAP_FRAMES)).astype(np.float32) for _ in range(2))
        other = np.float32(correlation) * common + np.float32(np.sqrt(1 - correlation**2)) * own
        sound = np.empty((2, OVERLAP_FRAMES), np.float32)
        cross_over(common, other, correlation, sound)
        powers += [power(part) for part in np.split(sound, 8, axis=1)]
    assert np.abs(10 * np.log10(powers / 200)).max() < 0.15
