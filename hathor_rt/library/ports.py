"""The library as web and the command line use it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from hathor_rt.ids import TrackId
from hathor_rt.storage.ports import Track
from media.bend import PLAIN, Bend
from media.recording_facts import RecordingFacts
from media.rendition import STANDARD_KILOBITS, Codec


class Manifest(msgspec.Struct, frozen=True):
    """How to fetch one rendition of a track; the JSON of ``GET /api/manifests/<track>``.

    `segments[i]` holds frames ``i * segment_frames`` up to the next segment (the last one is shorter). Opus segments carry
    `pre_roll_frames` before their first frame for the decoder to settle, to be dropped after decoding; each one is decoded by
    itself with `description` (base64 OpusHead). FLAC segments are complete files of exactly their frames.
    """

    track: str
    rendition: str
    codec: Codec
    frames: int
    segment_frames: int
    pre_roll_frames: int
    description: str
    gain_db: float
    """Gain that brings the track to -14 LUFS without its true peak passing -1 dB; what bent segments are softer included."""
    segments: list[str]
    """Relative URLs, unguessable and immutable."""
    tempo_permille: int = 1000
    """Frame n of the rendition is the sound at the recording's position n * tempo_permille / 1000, exactly."""
    pitch_cents: int = 0
    keeps_formants: bool = False
    kilobits: int = 0
    """Nominal rate of Opus in kbit/s; 0 for FLAC."""
    stem: str = ""
    """The one stem that sounds; empty: all of it. All stems of a track and its mix are sample for sample beside each other."""


class StemState(msgspec.Struct, frozen=True):
    """How far a track is with its stems; the JSON of ``/api/stems/<track>``."""

    track: str
    model: str
    """Name of the model that this server separates with."""
    origin: str
    """Where it comes from and what its licence leaves open, in words for people; empty if there is no such model."""
    state: Literal["none", "waiting", "running", "done", "failed"]
    progress: float = 0.0
    """0 … 1."""
    stems: list[str] = []
    """Names for ``?stem=`` of manifests, from the first window on."""
    ready: int = 0
    """Frames of every stem, from the beginning, that can be heard."""
    code: str = ""
    """Why it failed: a code of `media/problem.py`."""
    reason: str = ""


class SegmentFile(msgspec.Struct, frozen=True):
    """A finished segment on disk."""

    path: Path
    content_type: str
    etag: str
    quality: str = ""
    """`Rendition.quality` of sound; empty for pictures."""


class Library(Protocol):
    """Search and pictures."""

    async def search(self, query: str, *, limit: int, offset: int) -> Sequence[Track]: ...
    async def get(self, track: TrackId) -> Track:
        """Raises `UnknownTrack`."""
        ...

    async def many(self, tracks: Sequence[TrackId]) -> Sequence[Track]:
        """Those that exist, in the order asked."""
        ...

    async def cover(self, track: TrackId) -> SegmentFile | None: ...
    async def peaks(self, track: TrackId, *, per_second: int = 20) -> SegmentFile | None:
        """Waveform peaks, 2, 20 or 200 bytes a second (0 … 255, linear amplitude); None until measured (asks for it)."""
        ...

    async def facts(self, track: TrackId) -> RecordingFacts | None:
        """What listening told; None until then (asks for it)."""
        ...


class Delivery(Protocol):
    """Manifests and segments."""

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
        """Has segments around `near_frame`, a frame of the recording, made first. `kilobits`: of Opus; FLAC has none.

        Raises `UnknownTrack`, `TrackUnavailable`, `DamagedFile`; `NotSeparated` and `UnknownStem` of a stem; `StillRendering` if
        the track is read for the first time and that takes longer than a request may.
        """
        ...

    async def segment(self, signature: str, rendition: str, index: int) -> SegmentFile:
        """Waits while it is being made. Raises `UnknownSegment`, `StillRendering`, `TrackUnavailable`, `DamagedFile`."""
        ...


class Stems(Protocol):
    """Tracks taken apart into stems."""

    async def state(self, track: TrackId) -> StemState:
        """How far it is. Raises `UnknownTrack`."""
        ...

    async def ask(self, track: TrackId) -> StemState:
        """Have it done, unless it is; what failed is tried anew. Raises `UnknownTrack`, `TrackUnavailable`."""
        ...

    async def cancel(self, track: TrackId) -> StemState:
        """Leave off, for all who asked; what is done stays. Asked for again within a day, it goes on. Raises `UnknownTrack`."""
        ...
