"""What every measurement promises, for all lines of the tables."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from media.analysis.listener import MONO_METERS, STEREO_METERS, Listener
from media.analysis.peaks import ZOOMS_PER_SECOND
from media.decode import Decoding
from media.recording_facts import RecordingFacts
from tests.media.analysis.hits import hits
from tests.media.sounds import Array, as_pcm, music, write_sound

RATE = 48_000


def listen(samples: Array, cuts: Sequence[int] = ()) -> tuple[RecordingFacts, list[bytes]]:
    listener = Listener()
    for piece in np.split(samples, sorted(cuts), axis=1):
        listener.add(as_pcm(piece))
    return listener.facts(), [listener.waveform(zoom) for zoom in ZOOMS_PER_SECOND]


def song(seconds: float) -> Array:
    """Hits on 120 a minute over an A minor chord."""
    samples = hits([0.25 + 0.5 * number for number in range(round(2 * seconds - 1))], seconds)
    at = np.arange(samples.shape[1]) / RATE
    for hertz in (110.0, 220.0, 261.63, 329.63):
        samples += (0.05 * np.sin(2 * np.pi * hertz * at)).astype(np.float32)
    return samples


def test_the_tables_name_fields_that_exist() -> None:
    fields = set(RecordingFacts.__struct_fields__)
    found = {name: make().findings() for name, make in STEREO_METERS.items()}
    found |= {name: make().findings() for name, make in MONO_METERS.items()}
    assert set().union(*found.values()) <= fields


def test_one_pass_finds_everything() -> None:
    facts, (overview, peaks, detail) = listen(song(12))
    assert facts.tempo_bpm == pytest.approx(120, rel=0.002)
    assert facts.beats[0] == pytest.approx(0.25 * RATE, abs=600)
    assert facts.key == "A minor"
    assert facts.loudness_lufs is not None
    assert facts.true_peak_db is not None
    assert facts.energy_estimate is not None
    assert facts.mood_estimate in ("lively", "intense", "serene", "wistful")
    assert facts.fingerprint
    assert (len(overview), len(peaks), len(detail)) == (24, 240, 2_400)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 6 * RATE), max_size=12))
def test_cutting_the_sound_changes_nothing(cuts: list[int]) -> None:
    assert listen(song(6), cuts) == _WHOLE


_WHOLE = listen(song(6))


def test_coarser_zooms_hold_the_largest_of_the_finer() -> None:
    _, (overview, peaks, detail) = listen(music(100_001))
    assert [max(detail[at : at + 10]) for at in range(0, len(detail), 10)] == list(peaks)
    assert [max(peaks[at : at + 10]) for at in range(0, len(peaks), 10)] == list(overview)


@pytest.mark.parametrize("level", [0.0, 1e-6, 0.25, -1.0])
def test_silence_and_a_constant_offset_have_no_facts(level: float) -> None:
    facts, _ = listen(np.full((2, 20 * RATE), level, np.float32))
    assert (facts.audible_from, facts.audible_until) == (None, None)
    assert (facts.tempo_bpm, facts.beats, facts.key) == (None, [], "")
    assert facts.tempo_confidence == 0


@pytest.mark.parametrize("frames", [0, 1, 2, 100, 479, 480, 4_799, 12_000, 48_000])
def test_snippets_have_no_tempo_and_break_nothing(frames: int) -> None:
    facts, zooms = listen(music(frames))
    assert (facts.tempo_bpm, facts.beats) == (None, [])
    assert [len(zoom) for zoom in zooms] == [-(-frames * each // RATE) for each in ZOOMS_PER_SECOND]


def test_single_clicks_are_no_music() -> None:
    samples = np.zeros((2, 10 * RATE), np.float32)
    samples[:, [RATE, 5 * RATE]] = 1.0
    facts, _ = listen(samples)
    assert (facts.tempo_bpm, facts.key, facts.audible_from) == (None, "", RATE)


def test_full_scale_noise_and_square_waves_break_nothing() -> None:
    noise = np.sign(np.random.default_rng(1).standard_normal((2, 6 * RATE))).astype(np.float32)
    for samples in (noise, 4 * noise):
        facts, _ = listen(samples)
        assert facts.audible_until == 6 * RATE


def test_one_channel_alone_and_both_alike_have_the_same_beats() -> None:
    both = song(12)
    left = both.copy()
    left[1] = 0
    both[1] = both[0]
    one, two = listen(left)[0], listen(both)[0]
    assert one.tempo_bpm == pytest.approx(two.tempo_bpm or 0, rel=1e-3)
    assert one.key == two.key


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 32_000, 44_100, 96_000, 192_000])
def test_files_of_any_rate_have_the_same_facts(tmp_path: Path, rate: int, channels: int) -> None:
    resampled = soxr.resample(song(12).T, RATE, rate).T[:channels]
    listener = Listener()
    for block in Decoding(write_sound(tmp_path, "wav", resampled.astype(np.float32), rate)).blocks():
        listener.add(block)
    facts = listener.facts()
    assert facts.tempo_bpm == pytest.approx(120, rel=0.005)
    assert facts.key == "A minor"
    assert facts.beats[0] == pytest.approx(0.25 * RATE, abs=800)


@pytest.mark.parametrize("gain", [0.02, 0.2, 1.5])
def test_level_changes_neither_tempo_nor_key(gain: float) -> None:
    facts, _ = listen(song(12) * np.float32(gain))
    assert facts.tempo_bpm == pytest.approx(120, rel=0.005)
    assert facts.key == "A minor"
