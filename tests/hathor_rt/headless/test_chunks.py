import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hathor_rt.headless.chunks import MOST_CHUNKS, ChunkStore
from media.segment_format import SEGMENT_FRAMES


def ramp(index: int, frames: int = SEGMENT_FRAMES) -> np.ndarray:
    first = index * SEGMENT_FRAMES
    return np.stack([np.arange(first, first + frames), -np.arange(first, first + frames)]).astype(np.float32)


def store_of(*indices: int) -> ChunkStore:
    store = ChunkStore()
    for index in indices:
        store.add(("t", index), ramp(index), [])
    return store


def test_the_extent_ends_where_something_is_missing() -> None:
    store = store_of(0, 1, 3)
    assert store.extent("t", 0) == 2 * SEGMENT_FRAMES
    assert store.extent("t", SEGMENT_FRAMES + 7) == SEGMENT_FRAMES - 7
    assert store.extent("t", 2 * SEGMENT_FRAMES) == 0
    assert store.extent("other", 0) == 0


def test_the_extent_ends_with_a_short_last_segment() -> None:
    store = store_of(0)
    store.add(("t", 1), ramp(1, 100), [])
    assert store.extent("t", 10) == SEGMENT_FRAMES + 90
    assert store.extent("t", SEGMENT_FRAMES + 100) == 0
    assert store.extent("t", SEGMENT_FRAMES + 5_000) == 0


@settings(deadline=None)
@given(st.integers(0, 4 * SEGMENT_FRAMES), st.integers(0, 3 * SEGMENT_FRAMES))
def test_what_is_read_is_what_is_held_and_silence_elsewhere(first: int, count: int) -> None:
    store = store_of(0, 2)
    expected = np.arange(first, first + count, dtype=np.float32)
    held = np.isin(np.arange(first, first + count) // SEGMENT_FRAMES, [0, 2])
    assert np.array_equal(store.read("t", first, count)[0], expected * held)


def test_memory_is_bounded_and_what_is_wanted_stays() -> None:
    store = ChunkStore()
    wanted = [("t", index) for index in range(5)]
    tiny = np.zeros((2, 1), np.float32)
    for index in range(3 * MOST_CHUNKS):
        store.add(("t", index), tiny, wanted)
    held = [index for index in range(3 * MOST_CHUNKS) if store.holds(("t", index))]
    assert len(held) == MOST_CHUNKS
    assert held[:5] == [0, 1, 2, 3, 4]
    assert held[5:] == list(range(3 * MOST_CHUNKS - MOST_CHUNKS + 5, 3 * MOST_CHUNKS))
