import numpy as np
import pytest

from loadtests.insync.departures import departure, departure_from
from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Signal
from loadtests.insync.synthetic import hits, signal
from loadtests.insync.tracks import Tracks

SONG = signal(hits(12, 1))


def slower(sound: Signal, count: int) -> Signal:
    """Five percent slower: what a change of tempo does to the distance between two places."""
    slow: Signal = np.interp(np.arange(count) * 0.95, np.arange(len(sound)), sound).astype(np.float32)
    return slow


@pytest.mark.parametrize("change", [RATE, 3 * RATE + 1_001])
def test_another_tempo_is_found_within_hundredths_of_a_second(change: int) -> None:
    heard = np.concatenate([SONG[:change], slower(SONG[change:], 2 * RATE)])
    found = departure(heard, SONG[: len(heard)])
    assert found is not None
    assert -RATE // 100 <= found - change <= RATE // 20


def test_what_goes_on_never_departs_however_it_is_shaded() -> None:
    noise = np.random.default_rng(1).normal(0, 0.003, 4 * RATE).astype(np.float32)
    assert departure(SONG[: 4 * RATE] * np.float32(0.5) + noise, SONG[: 4 * RATE]) is None


def test_in_a_recording_it_is_found_by_the_track_that_was_heard_before() -> None:
    begin, change = 2 * RATE + 77, 4 * RATE
    heard = np.concatenate([SONG[begin : begin + change], slower(SONG[begin + change :], 2 * RATE)])
    tracks = Tracks({"song": SONG, "other": signal(hits(12, 2))})
    found = departure_from(tracks, heard, change - RATE // 10)
    assert found is not None
    assert -RATE // 100 <= found - change <= RATE // 20
    assert departure_from(tracks, np.zeros(4 * RATE, np.float32), 3 * RATE) is None
