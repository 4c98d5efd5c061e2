import numpy as np
import pytest

from media.analysis.beats import BeatGrid, RhythmMeter, beat_grid, track
from media.analysis.decimation import Decimator
from media.analysis.onset_strength import OnsetStrength
from tests.media.analysis.hits import hits, share_found
from tests.media.sounds import Array, as_pcm


def grid_of(samples: Array) -> BeatGrid | None:
    decimator, onsets = Decimator(), OnsetStrength()
    onsets.add(decimator.mono(as_pcm(samples)))
    onsets.add(decimator.rest())
    return beat_grid(onsets.strengths)


@pytest.mark.parametrize("bpm", [80, 97.3, 120, 133.7, 150])
def test_steady_hits_are_found_within_some_milliseconds(bpm: float) -> None:
    beats = [0.3 + number * 60 / bpm for number in range(50)]
    grid = grid_of(hits(beats, beats[-1] + 1))
    assert grid is not None
    assert grid.is_steady
    assert grid.tempo_bpm == pytest.approx(bpm, rel=0.001)
    assert grid.confidence > 0.7
    assert share_found(beats, (grid.frames / 48_000).tolist(), 0.012) > 0.98
    assert abs(grid.frames[0] / 48_000 - beats[0]) < 0.012


@pytest.mark.parametrize(("first_bpm", "last_bpm"), [(100, 118), (126, 110)])
def test_beats_are_followed_through_a_slowly_drifting_tempo(first_bpm: float, last_bpm: float) -> None:
    at, beats = 0.5, []
    while at < 90:
        beats.append(at)
        at += 60 / (first_bpm + (last_bpm - first_bpm) * at / 90)
    grid = grid_of(hits(beats, 91))
    assert grid is not None
    assert not grid.is_steady
    assert min(first_bpm, last_bpm) < grid.tempo_bpm < max(first_bpm, last_bpm)
    assert share_found(beats, (grid.frames / 48_000).tolist(), 0.02) > 0.95


def test_beats_go_on_through_a_break() -> None:
    beats = [0.2 + number * 0.5 for number in range(80)]
    grid = grid_of(hits(beats[:30] + beats[36:], 41))
    assert grid is not None
    assert share_found(beats, (grid.frames / 48_000).tolist(), 0.05) > 0.97


def test_unevenly_played_beats_are_steady_still() -> None:
    uneven = np.random.default_rng(3).normal(0, 0.008, 60)
    beats = [0.4 + number * 0.55 + off for number, off in enumerate(uneven)]
    grid = grid_of(hits(beats, 34))
    assert grid is not None
    assert grid.is_steady
    assert grid.tempo_bpm == pytest.approx(60 / 0.55, rel=0.005)


def test_noise_is_nothing_to_rely_on() -> None:
    hiss = np.random.default_rng(5).standard_normal((2, 48_000 * 20)).astype(np.float32) * 0.1
    grid = grid_of(hiss)
    assert grid is None or grid.confidence < 0.4


def test_a_handful_of_hits_has_no_tempo() -> None:
    assert grid_of(hits([0.5, 1.0, 1.5], 3)) is None
    assert grid_of(np.zeros((2, 480_000), np.float32)) is None


def test_what_cannot_be_tapped_to_is_left_out() -> None:
    meter = RhythmMeter()
    meter.add(np.zeros(120_000, np.float32))
    assert meter.findings() == {"onset_strength": 0.0, "brightness_hz": None}


def test_the_track_keeps_to_the_tempo_rather_than_to_every_accent() -> None:
    curve = np.zeros(1_000)
    curve[20::50] = 1.0
    curve[545] = 1.5
    steps = track(curve, np.full(1_000, 50.0), 100.0)
    assert set(steps) - {545} == set(range(20, 1_000, 50)) - ({570, 520} - set(steps))
    assert np.abs(np.diff(steps) - 50).max() <= 25
