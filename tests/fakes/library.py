"""A library of a few recordings and ready-made segments, without workers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trio

from hathor_rt.ids import TrackId
from hathor_rt.library.ports import Manifest, SegmentFile, StemState
from hathor_rt.refusals import UnknownSegment, UnknownTrack
from hathor_rt.storage.ports import Track
from media.bend import PLAIN, Bend
from media.recording_facts import RecordingFacts
from media.rendition import STANDARD_KILOBITS, Codec
from sync.refusal import Refusal
from sync.units import Micros

RENDITION = "0123456789abcdef0123456789abcdef"
SIGNATURE = "s1gnature0"


def track(name: str, **facts: object) -> Track:
    """A recording called `name`, three minutes long by its headers."""
    plain: dict[str, object] = {
        "track": TrackId(name), "audio_hash": f"hash-{name}", "title": name.title(), "artist": "Ann Onymous",
        "album": "First", "genre": "", "year": None, "track_number": None, "disc_number": None,
        "length_estimate": Micros(180_000_000),
    }  # fmt: skip
    return Track(**{**plain, **facts})  # type: ignore[arg-type]  # every value is of its field's type


@dataclass(slots=True)
class FakeLibrary:
    """Implements `Library`."""

    tracks: dict[TrackId, Track] = field(default_factory=dict)
    covers: dict[TrackId, SegmentFile] = field(default_factory=dict)
    waveforms: dict[TrackId, SegmentFile] = field(default_factory=dict)
    detailed: dict[TrackId, SegmentFile] = field(default_factory=dict)
    heard: dict[TrackId, RecordingFacts] = field(default_factory=dict)

    async def search(self, query: str, *, limit: int, offset: int) -> Sequence[Track]:
        words = query.lower().split()
        found = [each for each in self.tracks.values() if all(word in each.title.lower() for word in words)]
        return found[offset : offset + limit]

    async def get(self, track: TrackId) -> Track:
        if track not in self.tracks:
            raise UnknownTrack("no such track")
        return self.tracks[track]

    async def many(self, tracks: Sequence[TrackId]) -> Sequence[Track]:
        return [self.tracks[each] for each in tracks if each in self.tracks]

    async def cover(self, track: TrackId) -> SegmentFile | None:
        await self.get(track)
        return self.covers.get(track)

    async def peaks(self, track: TrackId, *, per_second: int = 20) -> SegmentFile | None:
        await self.get(track)
        return self.waveforms.get(track) if per_second == 20 else self.detailed.get(track)

    async def facts(self, track: TrackId) -> RecordingFacts | None:
        await self.get(track)
        return self.heard.get(track)


@dataclass(slots=True)
class FakeDelivery:
    """Implements `Delivery`. `refuses`: raised instead of an answer; `hangs`: segments are not finished before `gate`."""

    segments: dict[tuple[str, str, int], SegmentFile] = field(default_factory=dict)
    refuses: Refusal | Exception | None = None
    hangs: bool = False
    gate: trio.Event = field(default_factory=trio.Event)
    asked: list[tuple[TrackId, Codec, int]] = field(default_factory=list)
    bends: list[Bend] = field(default_factory=list)
    stems: list[str] = field(default_factory=list)
    rates: list[int] = field(default_factory=list)
    given_up: trio.Event = field(default_factory=trio.Event)

    async def manifest(
        self,
        track: TrackId,
        codec: Codec,
        *,
        near_frame: int,
        bend: Bend = PLAIN,
        stem: str = "",
        kilobits: int = STANDARD_KILOBITS,
    ) -> Manifest:
        self.stems.append(stem)
        self.asked.append((track, codec, near_frame))
        self.bends.append(bend)
        self.rates.append(kilobits)
        if self.refuses is not None:
            raise self.refuses
        return Manifest(
            track, RENDITION, codec, 48_000, 24_000, 312, "", -3.5, [f"/segments/{SIGNATURE}/{RENDITION}/0"]
        )

    async def segment(self, signature: str, rendition: str, index: int) -> SegmentFile:
        if self.refuses is not None:
            raise self.refuses
        if self.hangs:
            try:
                await self.gate.wait()
            except trio.Cancelled:
                self.given_up.set()
                raise
        try:
            return self.segments[signature, rendition, index]
        except KeyError:
            raise UnknownSegment("no such segment") from None

    def add_segment(self, folder: Path, content: bytes, index: int = 0) -> str:
        """Keep `content` as a finished segment; its path on the server."""
        path = folder / f"segment-{index}"
        path.write_bytes(content)
        self.segments[SIGNATURE, RENDITION, index] = SegmentFile(path, "audio/flac", f"tag{index}", "flac")
        return f"/segments/{SIGNATURE}/{RENDITION}/{index}"


@dataclass(slots=True)
class FakeStems:
    """Implements `Stems`: what is asked for is half done."""

    asked: list[TrackId] = field(default_factory=list)

    async def state(self, track: TrackId) -> StemState:
        if track in self.asked:
            return StemState(track, "tiny", "ours", "running", 0.5)
        return StemState(track, "tiny", "ours", "none")

    async def ask(self, track: TrackId) -> StemState:
        self.asked.append(track)
        return await self.state(track)

    async def cancel(self, track: TrackId) -> StemState:
        self.asked.remove(track)
        return await self.state(track)
