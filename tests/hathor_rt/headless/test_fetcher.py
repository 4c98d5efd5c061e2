from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest
import trio
import trio.testing

from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.errands import Want
from hathor_rt.headless.fetcher import Fetcher
from hathor_rt.headless.refusals import TurnedAway, Unreachable
from media.bend import Bend
from media.segment_format import SEGMENT_FRAMES
from tests.hathor_rt.headless.one_song import FRAMES, GAIN_DB, SOUND, OneSong


@asynccontextmanager
async def fetching(source: OneSong) -> AsyncIterator[tuple[Fetcher, ChunkStore]]:
    store = ChunkStore()
    fetcher = Fetcher(source, "room", "flac", store)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fetcher.run)
        yield fetcher, store
        nursery.cancel_scope.cancel()


async def until(condition: Callable[[], bool]) -> None:
    with trio.fail_after(10):
        while not condition():
            await trio.sleep(0.005)


WHOLE_SONG = [Want("t1", 0, FRAMES, 0)]


async def test_what_is_wanted_comes_decoded_at_its_loudness() -> None:
    source = OneSong()
    async with fetching(source) as (fetcher, store):
        fetcher.want(WHOLE_SONG)
        await until(lambda: store.extent("t1", 0) == FRAMES)
        assert source.asked[0] == "manifest"
        assert sorted(source.asked[1:]) == ["/1/0", "/1/1"]
        assert np.allclose(store.read("t1", 0, FRAMES), SOUND * 10 ** (GAIN_DB / 20), atol=1e-6)


async def test_nothing_is_fetched_twice() -> None:
    source = OneSong()
    async with fetching(source) as (fetcher, store):
        for frame in range(0, 5_000, 100):
            fetcher.want([Want("t1", frame, FRAMES, 0)])
            await trio.sleep(0.001)
        await until(lambda: store.extent("t1", 5_000) == FRAMES - 5_000)
        assert sorted(source.asked) == ["/1/0", "/1/1", "manifest"]


@pytest.mark.slow
async def test_a_signature_that_is_no_longer_good_is_asked_for_anew() -> None:
    source = OneSong()

    def fails(what: str) -> None:
        if what.startswith("/1/"):
            source.generation = 2
            raise TurnedAway("unknown-segment", "no such segment")

    source.fails = fails
    async with fetching(source) as (fetcher, store):
        fetcher.want(WHOLE_SONG)
        await until(lambda: store.extent("t1", 0) == FRAMES)
        assert source.asked.count("manifest") == 2


async def test_a_server_that_is_back_is_asked_at_once() -> None:
    source = OneSong()
    is_down = True

    def fails(_: str) -> None:
        if is_down:
            raise Unreachable("away")

    source.fails = fails
    async with fetching(source) as (fetcher, store):
        fetcher.want(WHOLE_SONG)
        await until(lambda: len(source.asked) == 1)
        # In its first pause of half a second.
        await trio.sleep(0.02)
        assert len(source.asked) == 1
        is_down = False
        fetcher.hurry()
        with trio.fail_after(0.45):
            await until(lambda: store.holds(("t1", 0)))


async def test_a_segment_that_nobody_wants_any_more_is_given_up() -> None:
    source, gate = OneSong(), trio.Event()

    def fails(what: str) -> None:
        if what == "/1/0":
            trio.from_thread.run(gate.wait)

    source.fails = fails
    async with fetching(source) as (fetcher, store):
        fetcher.want([Want("t1", 0, 10, 0)])
        await until(lambda: "/1/0" in source.asked)
        fetcher.want([Want("t1", SEGMENT_FRAMES, 10, 0)])
        await until(lambda: store.holds(("t1", 1)))
        assert not store.holds(("t1", 0))
        gate.set()


async def test_bent_sound_is_asked_for_by_track_and_bend_around_its_place_in_the_recording() -> None:
    source = OneSong()
    async with fetching(source) as (fetcher, store):
        fetcher.want([Want("t1~800~-200~1", 10_001, FRAMES - 10_001, 0)])
        await until(lambda: store.extent("t1~800~-200~1", 10_001) == FRAMES - 10_001)
        assert source.wishes == [("t1", 8_000, Bend(800, -200, keeps_formants=True))]
        assert store.extent("t1", 10_001) == 0
