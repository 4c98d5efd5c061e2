"""The effects of the client, rendered by a real Chromium, against the effects of the server.

Residuals are what is left when one is taken from the other, in dB of the sound. Processors that are ours agree to the
rounding of floats. Filters and convolution are the browser's: it computes its lowest filters with less precision and its
transforms in floats.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from hathor_rt.library.gain import TARGET_LUFS
from media.decode import Decoding
from media.effects.chain import Chain, effects_of
from media.effects.equalizer import response_db
from media.effects.presets import PRESETS
from media.effects.settings import EqualizerSettings, chain_settings, to_plain
from tests.end_to_end.browsers import launch
from tests.end_to_end.rendering import Renderer, build, renderer
from tests.media.effects.signals import both, impulse, noise, true_peak_db
from tests.media.sounds import Array

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RATE_HZ = 48_000
OF_OURS_DB = -135.0
OF_CONVOLUTION_DB = -120.0
OF_FILTERS_DB = -75.0
GAINS_DB = [6, -3, 0, 2, 0, 1, 0, -6, 3, 12]
CASES: dict[str, tuple[dict[str, object], float]] = {
    "equalizer": ({"equalizer": {"gains_db": GAINS_DB}}, OF_FILTERS_DB),
    "equalizer at its ends": ({"equalizer": {"gains_db": [12, -12] * 5}}, OF_FILTERS_DB),
    "drive": ({"drive": {}}, OF_OURS_DB),
    "drive hard": ({"drive": {"amount_db": 36, "tone_hz": 1000, "level_db": 6}}, OF_OURS_DB),
    "compressor": ({"compressor": {"threshold_db": -30, "ratio": 4}}, OF_OURS_DB),
    "compressor hard": (
        {"compressor": {"threshold_db": -60, "ratio": 20, "knee_db": 0, "attack_seconds": 0.0001, "makeup_db": 24}},
        OF_OURS_DB,
    ),
    "echo": ({"echo": {"delay_seconds": 0.1234, "feedback": 0.9, "mix": 1}}, OF_OURS_DB),
    "room": ({"reverb": {"space": "room", "mix": 1}}, OF_CONVOLUTION_DB),
    "hall": ({"reverb": {"space": "hall", "mix": 0.5}}, OF_CONVOLUTION_DB),
    "cathedral": ({"reverb": {"space": "cathedral", "mix": 0.3}}, OF_CONVOLUTION_DB),
    "limiter": ({"limiter": {"ceiling_db": -12, "release_seconds": 0.01}}, OF_OURS_DB),
    "loudness": ({"loudness": {"target_lufs": -8}}, OF_OURS_DB),
}
SOUNDS = ("sweep", "noise", "impulse", "song")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renderer]:
    folder = tmp_path_factory.mktemp("page")
    build(folder)
    with sync_playwright() as running, closing(launch(running)) as browser, renderer(browser, folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def sounds(demo_music: Path) -> dict[str, Array]:
    """Two seconds each."""
    frames = 2 * RATE_HZ
    at = np.arange(frames) / RATE_HZ
    rise = np.log(20_000 / 20)
    song = [each.samples for each in Decoding(min(demo_music.glob("**/*.flac"))).blocks()]
    return {
        "sweep": both(0.5 * np.sin(2 * np.pi * 20 * 2 / rise * (np.exp(at / 2 * rise) - 1))),
        "noise": noise(frames, 0.3),
        "impulse": impulse(frames, 1000) * np.float32(0.9),
        "song": np.ascontiguousarray(np.concatenate(song, axis=1)[:, 20 * RATE_HZ : 22 * RATE_HZ]),
    }


def of_the_server(samples: Array, content: object, rate_hz: int = RATE_HZ) -> Array:
    """As long as what goes in."""
    chosen = chain_settings(content)
    gain_db = 0.0 if chosen.loudness is None else chosen.loudness.target_lufs - TARGET_LUFS
    chain = Chain(effects_of(chosen, rate_hz, gain_db))
    return np.concatenate([chain.process(samples), chain.flush()], axis=1)[:, : samples.shape[1]]


def of_the_client(page: Renderer, samples: Array, content: object, rate_hz: int = RATE_HZ) -> Array:
    """Without its latency, as long as what goes in."""
    late = sum(page.latencies(rate_hz).values())
    return page.render(samples, content, rate_hz, samples.shape[1] + late)[:, late:]


def residual_db(one: Array, other: Array) -> float:
    left = one.astype(np.float64) - other
    return float(10 * np.log10((left**2).sum() / (other.astype(np.float64) ** 2).sum() + 1e-30))


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("name", CASES)
def test_every_effect_makes_of_every_sound_what_the_server_makes(
    page: Renderer, sounds: dict[str, Array], name: str, sound: str
) -> None:
    content, bound_db = CASES[name]
    samples = sounds[sound]
    found, wanted = of_the_client(page, samples, content), of_the_server(samples, content)
    assert np.abs(wanted).max() > 0.01
    assert residual_db(found, wanted) < bound_db


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_sounds_as_on_the_server(page: Renderer, name: str) -> None:
    samples = noise(RATE_HZ, 0.2)
    content = to_plain(PRESETS[name])
    assert residual_db(of_the_client(page, samples, content), of_the_server(samples, content)) < OF_FILTERS_DB


@pytest.mark.parametrize("gains_db", [GAINS_DB, [12] * 10, [-12] * 10, [12, -12] * 5])
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_the_equalizer_has_the_response_of_the_formula(page: Renderer, gains_db: list[int], rate_hz: int) -> None:
    frames = 2 * rate_hz
    samples = impulse(frames) * np.float32(0.01)
    found = of_the_client(page, samples, {"equalizer": {"gains_db": gains_db}}, rate_hz)[0].astype(np.float64)
    hertz = np.arange(20.0, 20_000, 0.5)
    response = 20 * np.log10(np.abs(np.fft.rfft(found / 0.01))[(hertz * 2).astype(int)])
    wanted = response_db(EqualizerSettings(tuple(float(each) for each in gains_db)), hertz, rate_hz)
    assert np.abs(response - wanted).max() < 0.1


def test_sound_is_as_late_as_the_chain_says_whatever_is_on(page: Renderer) -> None:
    samples = impulse(2000, 500) * np.float32(0.1)
    for rate_hz in (44_100, 48_000):
        latencies = page.latencies(rate_hz)
        everything = chain_settings({"drive": {}, "compressor": {}, "echo": {}, "reverb": {}, "limiter": {}})
        of_server = {type(each).__name__.lower(): each.latency_frames for each in effects_of(everything, rate_hz)}
        assert {name: latencies[name] for name in of_server} == of_server
        contents: list[object] = [
            {"limiter": {}},
            {"drive": {"tone_hz": 20_000}},
            {"echo": {}},
            {"reverb": {"mix": 0.1}},
        ]
        for content in contents:
            found = page.render(samples, content, rate_hz)
            assert np.abs(found[0]).argmax() == 500 + sum(latencies.values())


def test_full_scale_noise_through_everything_stays_below_the_ceiling(page: Renderer) -> None:
    content: dict[str, object] = {
        "equalizer": {"gains_db": [12] * 10},
        "drive": {"amount_db": 36, "level_db": 6},
        "compressor": {"makeup_db": 24},
        "echo": {"feedback": 0.9, "mix": 1, "delay_seconds": 0.02},
        "reverb": {"space": "cathedral", "mix": 1},
        "limiter": {"ceiling_db": -1, "release_seconds": 0.01},
    }
    found = page.render(np.clip(noise(3 * RATE_HZ, 1.0), -1, 1), content, RATE_HZ)
    assert np.isfinite(found).all()
    assert -3 < true_peak_db(found) <= -1


@pytest.mark.parametrize("name", PRESETS)
def test_silence_stays_silence(page: Renderer, name: str) -> None:
    assert not page.render(np.zeros((2, 20_000), np.float32), to_plain(PRESETS[name]), RATE_HZ).any()


CHANGES: list[tuple[float, dict[str, object]]] = [
    (0.0, {"limiter": {}}),
    (0.2, {"equalizer": {"gains_db": [0, 0, 12, 12, -12, 0, 0, 0, 0, 0]}}),
    (0.4, {"drive": {"amount_db": 12}, "compressor": {"threshold_db": -30, "makeup_db": 6}}),
    (0.6, {"echo": {"delay_seconds": 0.1, "mix": 0.5}, "reverb": {"space": "hall", "mix": 0.4}}),
    (0.8, {"echo": {"delay_seconds": 0.15, "mix": 0.3}, "reverb": {"space": "room", "mix": 0.6}}),
    (1.0, {"loudness": {"target_lufs": -11}}),
    (1.2, {"limiter": {}}),
]


ON = {"equalizer": {"gains_db": [0, 0, 6, 6, 6, 0, 0, 0, 0, 0]}}


def largest_bend(samples: Array) -> float:
    """Largest second difference: what a click has and a sine of 200 Hz has not."""
    return float(np.abs(np.diff(samples.astype(np.float64), 2, axis=1)).max())


def tone() -> Array:
    frames = round(1.5 * RATE_HZ)
    rise = np.minimum(1, np.arange(frames) / 4800)
    return both(0.2 * rise * np.cos(2 * np.pi * 200 * np.arange(frames) / RATE_HZ))


def test_a_click_would_be_seen() -> None:
    cut = tone()
    cut[:, 30_000:] *= np.float32(0.5)
    assert largest_bend(cut) > 0.01


def test_nothing_that_is_changed_clicks(page: Renderer) -> None:
    found = page.change(tone(), RATE_HZ, CHANGES, "chain")
    assert largest_bend(found) < 0.002
    assert np.abs(found[:, -2000:]).max() > 0.1


def test_effects_come_and_go_without_a_click_and_leave_the_sound_as_it_was(page: Renderer) -> None:
    samples = tone()
    steps: list[tuple[float, object]] = [(0.3, ON), (0.7, {}), (0.75, ON), (0.9, {})]
    found = page.change(samples, RATE_HZ, steps, "insert")
    assert largest_bend(found) < 0.002
    assert np.array_equal(found[:, :14_000], samples[:, :14_000])
    assert not np.allclose(found[:, 25_000:30_000], samples[:, 25_000:30_000], atol=0.01)
    assert found[:, -4800:] == pytest.approx(samples[:, -4800:], abs=1e-5)


def test_where_nothing_is_chosen_no_bit_is_changed(page: Renderer) -> None:
    samples = noise(20_000, 0.5)
    assert np.array_equal(page.change(samples, RATE_HZ, [], "insert"), samples)
    assert np.array_equal(page.change(samples, RATE_HZ, [(0, {}), (0.1, {})], "insert"), samples)
