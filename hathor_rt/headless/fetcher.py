"""Brings the sound that is wanted, soonest needed first, a few pieces at once; never the same twice at a time."""

from functools import partial
from typing import Final, Protocol

import numpy as np
import structlog
import trio

from hathor_rt.headless.bent_sound import bend_of, track_of
from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.errands import Errand, ManifestErrand, SegmentErrand, Want, errands, wanted_chunks
from hathor_rt.library.ports import Manifest
from media.bend import PLAIN, Bend
from media.pcm import Samples
from media.problem import MediaProblem
from media.rendition import Codec
from media.segment_decode import decode_segment
from media.segment_format import SEGMENT_FRAMES, frames_in_segment
from sync.refusal import Refusal

_MOST_AT_ONCE: Final = 3
# A manifest of a long track is some kilobytes; an evening's queue need not stay in memory.
_MOST_MANIFESTS: Final = 50
_FIRST_RETRY_SECONDS: Final = 0.5
_LONGEST_RETRY_SECONDS: Final = 15.0

_log = structlog.get_logger("hathor.listen")


class Source(Protocol):
    """Where sound comes from; calls block and raise refusals (`Visitor`)."""

    def manifest(self, room: str, track: str, codec: Codec, near_frame: int, bend: Bend = PLAIN) -> Manifest: ...
    def segment(self, path: str) -> bytes: ...


class Fetcher:
    """Fetches and decodes into `store`.

    Args:
        source: The server.
        room: The room that was entered.
        codec: What to ask for.
        store: Where sound goes, at its final loudness.
    """

    def __init__(self, source: Source, room: str, codec: Codec, store: ChunkStore) -> None:
        self._source = source
        self._room = room
        self._codec = codec
        self._store = store
        self._manifests: dict[str, Manifest] = {}
        self._wants: list[Want] = []
        self._running: dict[Errand, trio.CancelScope] = {}
        self._resting: set[Errand] = set()
        self._failures: dict[Errand, int] = {}
        self._limiter = trio.CapacityLimiter(_MOST_AT_ONCE)
        self._news = trio.Event()

    def want(self, wants: list[Want]) -> None:
        """Replace what is wanted. Fetches under way that nobody wants any more are given up."""
        self._wants = wants
        wanted = set(wanted_chunks(wants, self._manifests))
        for errand, scope in self._running.items():
            if isinstance(errand, SegmentErrand) and (errand.track, errand.index) not in wanted:
                scope.cancel()
        self._news.set()

    def hurry(self) -> None:
        """The server is back: forget the pauses."""
        self._resting.clear()
        self._failures.clear()
        self._news.set()

    async def run(self) -> None:
        """Fetch until cancelled."""
        async with trio.open_nursery() as nursery:
            while True:
                for errand in errands(self._wants, self._manifests, self._store.holds):
                    if len(self._running) >= _MOST_AT_ONCE:
                        break
                    if errand not in self._running and errand not in self._resting:
                        self._running[errand] = trio.CancelScope()
                        nursery.start_soon(self._carry_out, nursery, errand)
                await self._news.wait()
                self._news = trio.Event()

    async def _carry_out(self, nursery: trio.Nursery, errand: Errand) -> None:
        try:
            with self._running[errand]:
                match errand:
                    case ManifestErrand():
                        await self._describe(errand)
                    case SegmentErrand():
                        await self._bring(errand)
                self._failures.pop(errand, None)
        except Refusal as refusal:
            self._failed(nursery, errand, refusal.code, refusal.reason)
        except MediaProblem as problem:
            self._failed(nursery, errand, problem.code, problem.reason)
        finally:
            del self._running[errand]
            self._news.set()

    async def _describe(self, errand: ManifestErrand) -> None:
        bend = bend_of(errand.track)
        near_frame = int(bend.recording_position(errand.near_frame))
        fetch = partial(self._source.manifest, self._room, track_of(errand.track), self._codec, near_frame, bend)
        manifest = await trio.to_thread.run_sync(fetch, abandon_on_cancel=True, limiter=self._limiter)
        if manifest.segment_frames != SEGMENT_FRAMES:
            raise MediaProblem("damaged-file", f"the server cuts sound into {manifest.segment_frames} frames")
        self._manifests[errand.track] = manifest
        if len(self._manifests) > _MOST_MANIFESTS:
            del self._manifests[next(iter(self._manifests))]

    async def _bring(self, errand: SegmentErrand) -> None:
        manifest = self._manifests[errand.track]
        fetch = partial(_segment, self._source, manifest, errand.index)
        try:
            samples = await trio.to_thread.run_sync(fetch, abandon_on_cancel=True, limiter=self._limiter)
        except Refusal as refusal:
            # A signature that is no longer good: the manifest of now has better ones.
            if refusal.code == "unknown-segment" and self._manifests.get(errand.track) is manifest:
                del self._manifests[errand.track]
            raise
        self._store.add((errand.track, errand.index), samples, wanted_chunks(self._wants, self._manifests).keys())

    def _failed(self, nursery: trio.Nursery, errand: Errand, code: str, reason: str) -> None:
        """Wait before the next attempt, longer after every failure."""
        failures = self._failures[errand] = self._failures.get(errand, 0) + 1
        if failures == 2:
            _log.warning("sound is missing", track=errand.track, code=code, reason=reason)
        is_soon = code == "still-rendering"
        pause = _FIRST_RETRY_SECONDS if is_soon else _FIRST_RETRY_SECONDS * 2 ** min(failures - 1, 8)
        self._resting.add(errand)
        nursery.start_soon(self._rest, errand, min(pause, _LONGEST_RETRY_SECONDS))

    async def _rest(self, errand: Errand, seconds: float) -> None:
        await trio.sleep(seconds)
        self._resting.discard(errand)
        self._news.set()


def _segment(source: Source, manifest: Manifest, index: int) -> Samples:
    """Fetch and decode, in a thread."""
    content = source.segment(manifest.segments[index])
    pcm = decode_segment(content, manifest.codec, frames_in_segment(manifest.frames, index))
    return pcm.samples * np.float32(10 ** (manifest.gain_db / 20))
