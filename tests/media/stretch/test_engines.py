"""One suite for all engines that are here: what each must do whatever its method."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.problem import MediaProblem
from media.stretch.engines import ENGINES, engine, engines_here
from media.stretch.time_map import TimeMap
from tests.media.sounds import Array, music
from tests.media.stretch.signals import hits

RATES = st.floats(0.25, 4.0)
engines = pytest.mark.parametrize("name", engines_here())


def stretched(name: str, pieces: list[tuple[Array, float]], rate_hz: int = 44_100) -> Array:
    made = engine(name, rate_hz)
    return np.concatenate([*(made.process(samples, rate) for samples, rate in pieces), made.flush()], axis=1)


def due(pieces: list[tuple[Array, float]]) -> int:
    path = TimeMap()
    for samples, rate in pieces:
        path.extend(samples.shape[1], rate)
    return round(path.output_at(path.end)) if path.end else 0


@engines
@settings(max_examples=12)
@given(data=st.data())
def test_any_cutting_gives_the_same_bits(name: str, data: st.DataObject) -> None:
    samples = music(20_000, seed=2)
    samples[:, 7000:7010] += 0.5
    rate = data.draw(RATES)
    cuts = sorted(data.draw(st.lists(st.integers(0, 20_000), max_size=12)))
    whole = stretched(name, [(samples, rate)])
    assert np.array_equal(stretched(name, [(piece, rate) for piece in np.split(samples, cuts, axis=1)]), whole)


@engines
@settings(max_examples=12)
@given(path=st.lists(st.tuples(st.integers(0, 9000), RATES), max_size=6), cut=st.integers(1, 3000))
def test_any_path_of_rates_has_its_exact_length(name: str, path: list[tuple[int, float]], cut: int) -> None:
    samples = music(60_000)
    begins = [0, *itertools.accumulate(frames for frames, _ in path)]
    pieces = [(samples[:, begin : begin + frames], rate) for begin, (frames, rate) in zip(begins, path, strict=False)]
    result = stretched(name, pieces)
    assert result.shape == (2, due(pieces))
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    finer = [
        (part, rate) for piece, rate in pieces for part in np.split(piece, range(cut, piece.shape[1], cut), axis=1)
    ]
    assert np.array_equal(stretched(name, finer), result)


@engines
@pytest.mark.parametrize("rate_hz", [8000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_every_sample_rate_is_taken(name: str, rate_hz: int) -> None:
    samples = music(rate_hz // 3, rate=rate_hz)
    result = stretched(name, [(samples, 0.8)], rate_hz)
    assert result.shape[1] == round(samples.shape[1] / 0.8)
    assert 0.5 < np.abs(result).mean() / np.abs(samples).mean() < 1.5


@engines
@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
def test_silence_stays_silence_to_the_bit(name: str, rate: float) -> None:
    assert not stretched(name, [(np.zeros((2, 20_000), np.float32), rate)]).any()


@engines
@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_a_constant_stays_constant(name: str, rate: float) -> None:
    result = stretched(name, [(np.full((2, 30_000), 0.5, np.float32), rate)])
    # Its beginning and its end are steps, which have a spectrum of their own.
    assert result[:, 4096:-4096] == pytest.approx(0.5, abs=2e-3)
    assert np.abs(result).max() < 1


@engines
@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
@pytest.mark.parametrize("frames", [1, 2, 63, 500, 3000])
def test_the_shortest_sounds_are_stretched_too(name: str, rate: float, frames: int) -> None:
    assert stretched(name, [(music(frames), rate)]).shape[1] == round(frames / rate)


@engines
def test_rate_one_changes_nothing(name: str) -> None:
    samples = music(40_000) + hits(40_000)[0]
    error = stretched(name, [(samples, 1.0)]) - samples
    assert 10 * np.log10((samples**2).sum() / ((error.astype(np.float64) ** 2).sum() + 1e-30)) > 120


@engines
@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_full_scale_comes_out_near_full_scale(name: str, rate: float) -> None:
    square = np.sign(np.sin(2 * np.pi * 110.5 * np.arange(30_000) / 44_100))
    result = stretched(name, [(np.stack([square, -square]).astype(np.float32), rate)])
    assert np.abs(result).max() < 2.5
    assert (result**2).mean() == pytest.approx(1, abs=0.15)


@engines
def test_equal_channels_stay_equal(name: str) -> None:
    samples = np.ascontiguousarray(np.repeat(music(20_000)[:1], 2, axis=0))
    result = stretched(name, [(samples, 0.7)])
    assert result[0] == pytest.approx(result[1], abs=1e-5)


def test_an_unknown_engine_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(MediaProblem, match="music") as caught:
        engine("tape", 44_100)
    assert caught.value.code == "unknown-engine"


def test_every_engine_but_the_optional_one_is_here() -> None:
    assert set(ENGINES) - set(engines_here()) <= {"rubberband"}
