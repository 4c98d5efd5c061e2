import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.effects.chain import Chain, Gain, effects_of
from media.effects.limiter import Limiter
from media.effects.presets import PRESETS
from media.effects.settings import ChainSettings, EqualizerSettings, LimiterSettings, LoudnessSettings, chain_settings
from tests.media.effects.signals import RATE_HZ, impulse, noise, true_peak_db
from tests.media.sounds import Array, music
from tests.vectors import make_effects

VECTORS = Path(__file__).parent.parent.parent / "vectors"
EVERYTHING = chain_settings(
    {
        "equalizer": {"gains_db": [6, -3, 0, 2, 0, 1, 0, -6, 3, 12]},
        "drive": {"amount_db": 12},
        "compressor": {},
        "echo": {"delay_seconds": 0.1},
        "reverb": {"space": "room"},
        "limiter": {},
    }
)


def passed(chosen: ChainSettings, pieces: list[Array], rate_hz: int = RATE_HZ, gain_db: float = 0.0) -> Array:
    chain = Chain(effects_of(chosen, rate_hz, gain_db))
    return np.concatenate([*(chain.process(each) for each in pieces), chain.flush()], axis=1)


def test_the_vectors_are_what_this_code_makes() -> None:
    wanted = json.loads((VECTORS / "effects_sound.json").read_text())
    found = make_effects.sounds()
    assert [each["name"] for each in wanted["cases"]] == list(make_effects.CASES)
    for one, other in zip(wanted["cases"], found["cases"], strict=True):  # type: ignore[call-overload]  # json
        assert one["latency_frames"] == other["latency_frames"]
        assert np.array(one["samples"]) == pytest.approx(np.array(other["samples"]), abs=1e-6)
    for one, other in zip(wanted["responses"], found["responses"], strict=True):  # type: ignore[call-overload]  # json
        assert one["frames"] == other["frames"]
        assert np.array(one["samples"]) == pytest.approx(np.array(other["samples"]), abs=1e-7)


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, 30_000), max_size=6))
def test_any_cutting_gives_the_same_bits(cuts: list[int]) -> None:
    samples = music(30_000)
    whole = passed(EVERYTHING, [samples])
    assert np.array_equal(passed(EVERYTHING, np.split(samples, sorted(cuts), axis=1)), whole)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_keeps_the_ceiling_and_the_length_of_sound_and_tail(name: str) -> None:
    samples = music(20_000) * 3
    chain = Chain(effects_of(PRESETS[name], RATE_HZ))
    result = np.concatenate([chain.process(samples), chain.flush()], axis=1)
    assert result.shape == (2, 20_000 + chain.tail_frames)
    assert np.isfinite(result).all()
    assert true_peak_db(result) <= -1


@pytest.mark.parametrize("name", PRESETS)
def test_silence_stays_silence(name: str) -> None:
    assert not passed(PRESETS[name], [np.zeros((2, 9000), np.float32)]).any()


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 192_000])
def test_every_rate_is_taken(rate_hz: int) -> None:
    assert np.isfinite(passed(EVERYTHING, [noise(rate_hz // 4, 2.0)], rate_hz)).all()


def test_latency_is_the_sum_and_is_taken_away() -> None:
    chain = Chain(effects_of(EVERYTHING, RATE_HZ))
    assert chain.latency_frames == 272 + 31
    result = passed(
        ChainSettings(EqualizerSettings(), limiter=LimiterSettings()), [impulse(1000, 300) * np.float32(0.5)]
    )
    assert np.flatnonzero(result[0]).tolist() == [300]


def test_nothing_asked_for_is_nothing_done() -> None:
    samples = noise(5000, 3.0)
    chain = Chain(effects_of(ChainSettings(), RATE_HZ))
    assert chain.latency_frames == chain.tail_frames == 0
    assert np.array_equal(np.concatenate([chain.process(samples), chain.flush()], axis=1), samples)


def test_whatever_is_on_ends_in_a_limiter_behind_the_gain() -> None:
    row = effects_of(ChainSettings(loudness=LoudnessSettings()), RATE_HZ, 6.0)
    assert [type(each) for each in row] == [Gain, Limiter]
    assert row[0].process(np.full((2, 1), 0.5, np.float32))[0, 0] == pytest.approx(0.9976, abs=1e-4)


def test_the_shortest_sounds_pass_too() -> None:
    for frames in (0, 1, 5):
        assert (
            passed(EVERYTHING, [noise(frames)]).shape[1] == frames + Chain(effects_of(EVERYTHING, RATE_HZ)).tail_frames
        )
