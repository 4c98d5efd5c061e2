from dataclasses import replace

import pytest

from hathor_rt.library.workshop import PREFETCH_PRIORITY
from hathor_rt.refusals import TrackUnavailable
from media.rendition import Rendition
from media.segment_format import SEGMENT_FRAMES
from sync.units import SampleCount
from tests.fakes.library import track
from tests.fakes.shelves import Shelves

RENDITION = Rendition("hash-one")
LONG = replace(track("one"), frames=SampleCount(SEGMENT_FRAMES * 100 + 1))


def asked(shelves: Shelves) -> list[tuple[int, int]]:
    """(index, priority) of the segments asked for, and no more of them."""
    wishes = [(int(key.rpartition("/")[2]), priority) for key, _, priority in shelves.workshop.asked]
    shelves.workshop.asked.clear()
    return wishes


async def test_the_minute_ahead_is_asked_for_nearest_first(shelves: Shelves) -> None:
    await shelves.prefetch.ahead(LONG, RENDITION, 10 * SEGMENT_FRAMES + 5)
    assert asked(shelves) == [(10 + distance, PREFETCH_PRIORITY + distance) for distance in range(15)]


async def test_playing_on_asks_in_portions_and_for_nothing_twice(shelves: Shelves) -> None:
    wishes: list[int] = []
    portions = 0
    for index in range(60):
        await shelves.prefetch.ahead(LONG, RENDITION, index * SEGMENT_FRAMES)
        new = asked(shelves)
        portions += bool(new)
        wishes += [index for index, _ in new]
        # Half of the minute ahead is always in the making.
        assert index + 6 in wishes
    assert wishes == sorted(set(wishes))
    assert portions < 12


async def test_nothing_is_asked_beyond_the_end(shelves: Shelves) -> None:
    await shelves.prefetch.ahead(LONG, RENDITION, 99 * SEGMENT_FRAMES)
    assert [index for index, _ in asked(shelves)] == [99, 100]
    await shelves.prefetch.ahead(LONG, RENDITION, 10**12)
    assert asked(shelves) == []
    await shelves.prefetch.ahead(LONG, RENDITION, -5)
    assert asked(shelves)[0] == (0, PREFETCH_PRIORITY)


async def test_what_was_evicted_may_be_asked_for_again(shelves: Shelves) -> None:
    await shelves.prefetch.ahead(LONG, RENDITION, 0)
    asked(shelves)
    shelves.prefetch.forget(f"segment/{RENDITION.key}/3")
    await shelves.prefetch.ahead(LONG, RENDITION, 0)
    assert [index for index, _ in asked(shelves)] == [3]


async def test_two_codecs_are_two_wishes(shelves: Shelves) -> None:
    await shelves.prefetch.ahead(LONG, RENDITION, 0)
    await shelves.prefetch.ahead(LONG, Rendition("hash-one", "flac", 0), 0)
    assert len(asked(shelves)) == 30


async def test_without_a_length_or_a_file_there_is_nothing_to_ask(shelves: Shelves) -> None:
    await shelves.prefetch.ahead(track("one"), RENDITION, 0)
    assert asked(shelves) == []
    shelves.file_of("one").unlink()
    with pytest.raises(TrackUnavailable):
        await shelves.prefetch.ahead(LONG, RENDITION, 0)


def bent(tempo: int) -> Rendition:
    return replace(RENDITION, tempo_permille=tempo)


async def test_what_a_drag_has_left_behind_is_off_unless_somebody_has_begun_it(shelves: Shelves) -> None:
    prefetch, queue = shelves.prefetch, shelves.workshop.queue
    keys = [f"segment/{bent(tempo).key}/0" for tempo in (900, 800, 700)]
    await prefetch.instead(LONG, bent(900), 0)
    begun = await queue.lease("worker", now_utc=0, lease_micros=1_000_000)
    assert begun is not None
    assert begun.key == keys[0]
    await prefetch.instead(LONG, bent(800), 0)
    await prefetch.instead(LONG, bent(700), 0)
    assert [await queue.get(key) is None for key in keys] == [False, True, False]
    # The same again is no step back.
    await prefetch.instead(LONG, bent(700), 0)
    assert await queue.get(keys[2]) is not None
    await prefetch.instead(LONG, bent(800), 0)
    assert [await queue.get(key) is None for key in keys] == [False, False, True]


async def test_back_at_the_recording_nothing_bent_is_made_any_more(shelves: Shelves) -> None:
    await shelves.prefetch.instead(LONG, bent(900), 0)
    await shelves.prefetch.instead(LONG, RENDITION, 0)
    assert await shelves.workshop.queue.get(f"segment/{bent(900).key}/0") is None
    assert await shelves.workshop.queue.get(f"segment/{RENDITION.key}/14") is not None
