import numpy as np

from media.analysis.plot import HEIGHT, WIDTH, plot
from media.recording_facts import RecordingFacts

FACTS = RecordingFacts(audible_from=48_000, audible_until=432_000, tempo_bpm=120.0, key="A minor", loudness_lufs=-14.0)


def pixels(facts: RecordingFacts, frames: int, detail: bytes) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    return np.asarray(plot(facts, frames, detail, "Title"))


def test_beats_stand_where_they_are() -> None:
    with_beats = RecordingFacts(audible_from=0, audible_until=480_000, tempo_bpm=60.0, beats=[120_000, 240_000])
    without = RecordingFacts(audible_from=0, audible_until=480_000, tempo_bpm=60.0)
    detail = bytes(2_000)
    changed = (pixels(with_beats, 480_000, detail) != pixels(without, 480_000, detail)).any(axis=(0, 2))
    assert np.flatnonzero(changed).tolist() == [WIDTH // 4, WIDTH // 2]


def test_loud_columns_are_taller() -> None:
    detail = bytes([50] * 1_000 + [200] * 1_000)
    wave = (pixels(FACTS, 480_000, detail)[:, :, 2] == 255).sum(axis=0)
    assert wave[: WIDTH // 2 - 2].mean() < 0.4 * wave[WIDTH // 2 + 2 :].mean()


def test_any_length_can_be_drawn() -> None:
    for frames in (0, 1, 48_000, 48_000 * 3600 * 12):
        assert pixels(FACTS, frames, bytes(min(2_000, frames // 240))).shape == (HEIGHT, WIDTH, 3)
        assert pixels(RecordingFacts(beats=list(range(0, frames, 24_000))), frames, b"").shape[0] == HEIGHT
