"""Segments ahead of a playhead, asked for before anybody waits for them."""

from collections import OrderedDict
from typing import Final

from hathor_rt.library.sound_files import SoundFiles
from hathor_rt.library.workshop import PREFETCH_PRIORITY, Workshop
from hathor_rt.storage.ports import Track
from media.jobs import Segment, Work, job_key
from media.rendition import Rendition
from media.segment_format import SEGMENT_FRAMES, segment_count

# A minute: outlasts decoding a long recording again from its beginning, and wastes 0.4 s of CPU on a track that is skipped.
_AHEAD: Final = 15
# Of a bent one what sounds first, and at the end of a segment the next one: who drags a slider asks for many and stays with one,
# and whoever stays fetches 20 s ahead. Anything more would only keep the first segment of the next step waiting.
_BENT_AHEAD_FRAMES: Final = SEGMENT_FRAMES // 4
# Wishes remembered, so that a request for a segment need not ask again for all that follow.
_MOST_REMEMBERED: Final = 20_000
_MOST_TRACKS: Final = 1_000


def segment_work(rendition: Rendition, path: str, index: int) -> Segment:
    """The job that makes one segment."""
    return Segment(
        rendition.sound,
        path,
        rendition.key,
        rendition.codec,
        rendition.kilobits,
        index,
        rendition.bend,
        rendition.stem,
    )


def _segments(record: Track, rendition: Rendition, frame: int) -> list[Segment]:
    """Jobs, without a path, of what lies ahead of `frame`; none of a track of unknown length."""
    if record.frames is None:
        return []
    bend = rendition.bend
    last = segment_count(bend.frames_of(record.frames))
    first = min(max(0, frame) // SEGMENT_FRAMES, max(0, last - 1))
    ahead = _AHEAD if bend.is_plain else (max(0, frame) + _BENT_AHEAD_FRAMES) // SEGMENT_FRAMES + 1 - first
    return [segment_work(rendition, "", index) for index in range(first, min(last, first + ahead))]


class Prefetch:
    """Asks for what will be needed, nearest first, each segment once."""

    def __init__(self, workshop: Workshop, files: SoundFiles) -> None:
        self._workshop = workshop
        self._files = files
        self._asked: OrderedDict[str, None] = OrderedDict()
        # What the latest vibe of a track was asked for, by recording.
        self._latest: OrderedDict[str, list[str]] = OrderedDict()

    async def instead(self, record: Track, rendition: Rendition, frame: int) -> None:
        """As `ahead`, for a room that is at `rendition` from `frame` on: what was asked before and nobody has begun is off.

        Steps of a drag may come faster than a busy machine makes them. Whoever waits for one in earnest asks for it again,
        behind the newest. Raises what `ahead` raises.
        """
        former = self._latest.pop(rendition.source, [])
        wanted = [] if rendition.bend.is_plain else [job_key(work) for work in _segments(record, rendition, frame)]
        for key in former:
            job = None if key in wanted else await self._workshop.get(key)
            if job is not None and job.state == "waiting":
                self.forget(key)
                await self._workshop.forget(key)
        if wanted:
            self._latest[rendition.source] = wanted
        if len(self._latest) > _MOST_TRACKS:
            self._latest.popitem(last=False)
        await self.ahead(record, rendition, frame)

    async def ahead(self, record: Track, rendition: Rendition, frame: int) -> None:
        """Have the minute (of a bent rendition the second) from `frame` on made; nothing is asked for twice.

        Args:
            record: The track.
            rendition: What of it.
            frame: A frame of the rendition.

        Raises:
            TrackUnavailable, NotSeparated: There is no file to make it of.
        """
        wanted = _segments(record, rendition, frame)
        missing = [work for work in wanted if job_key(work) not in self._asked]
        # Asking in halves of the window costs one write instead of one per segment.
        near = max(1, (_AHEAD if rendition.bend.is_plain else len(wanted)) // 2)
        if not any(work.index - wanted[0].index < near for work in missing):
            return
        first = wanted[0].index
        path = await self._files.path(record, rendition)
        works: list[tuple[Work, int]] = [
            (segment_work(rendition, path, work.index), PREFETCH_PRIORITY + work.index - first) for work in missing
        ]
        await self._workshop.ask_many(works)
        for work in missing:
            self._asked[job_key(work)] = None
        while len(self._asked) > _MOST_REMEMBERED:
            self._asked.popitem(last=False)

    def forget(self, key: str) -> None:
        """A result is gone: the segment may be asked for again."""
        self._asked.pop(key, None)
