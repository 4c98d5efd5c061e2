import numpy as np
import pytest

from hathor_rt.headless.interpolation import SincTable

RATE = 48_000


def sine(frequency: float, positions: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * positions / RATE)


def read(table: SincTable, frequency: float, fraction: float, step: float, count: int) -> np.ndarray:
    needed = int(fraction + step * (count - 1)) + table.taps + 1
    signal = sine(frequency, np.arange(needed) - table.reach)
    return table.read(np.stack([signal, -signal]).astype(np.float32), fraction, step, count)


def noise_db(got: np.ndarray, wanted: np.ndarray) -> float:
    return float(10 * np.log10(np.sum((got - wanted) ** 2) / np.sum(wanted**2) + 1e-30))


@pytest.mark.parametrize("frequency", [100, 1_000, 10_000, 16_000])
@pytest.mark.parametrize("fraction", [0.0, 0.123, 0.5, 0.999])
def test_what_lies_between_samples_is_found(frequency: float, fraction: float) -> None:
    got = read(SincTable(1.0), frequency, fraction, 1.0, 2_000)
    wanted = sine(frequency, fraction + np.arange(2_000))
    assert noise_db(got[0], wanted) < -88
    assert np.array_equal(got[0], -got[1])


@pytest.mark.parametrize("step", [0.5, 1 - 5e-4, 1 + 5e-4, 1.5, 2.0])
def test_other_speeds_read_at_their_step(step: float) -> None:
    got = read(SincTable(step), 3_000, 0.25, step, 2_000)
    wanted = sine(3_000, 0.25 + step * np.arange(2_000))
    assert noise_db(got[0], wanted) < -85


def test_what_would_alias_is_filtered_away() -> None:
    got = read(SincTable(2.0), 20_000, 0.0, 2.0, 2_000)
    assert np.abs(got).max() < 1e-3


def test_a_whole_position_gives_the_sample_itself() -> None:
    table = SincTable(1.0)
    signal = np.random.default_rng(1).standard_normal((2, 500)).astype(np.float32)
    got = table.read(signal, 0.0, 1.0, 400)
    assert np.allclose(got, signal[:, table.reach : table.reach + 400], atol=1e-6)


def test_a_constant_passes_unchanged_at_every_phase() -> None:
    table = SincTable(1.0)
    got = table.read(np.ones((2, 600), np.float32), 0.3, 1.000_731, 400)
    assert np.allclose(got, 1.0, atol=1e-6)
