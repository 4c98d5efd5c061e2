"""The library as kept: recordings, and the files they lie in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hathor_rt.ids import TrackId
from media.recording_facts import RecordingFacts
from sync.units import Micros, SampleCount


@dataclass(frozen=True, slots=True)
class Track:
    """A recording in the library. Measured facts are None until a worker has decoded the file once."""

    track: TrackId
    audio_hash: str
    """Identity of the sound, without tags: survives move, rename and retag."""
    title: str
    artist: str
    album: str
    genre: str
    year: int | None
    track_number: int | None
    disc_number: int | None
    length_estimate: Micros
    """From the file's headers; good enough to show, not to schedule by."""
    frames: SampleCount | None = None
    """Exact length at 48 kHz."""
    loudness_lufs: float | None = None
    true_peak_db: float | None = None
    peaks_blob: str | None = None
    """Content hash of the waveform peaks."""
    cover_blob: str | None = None
    is_available: bool = True
    is_demo: bool = False
    note: str = ""
    """What was odd about the file, for people: "truncated, 2:13 of 3:40 could be read"."""
    facts_version: int | None = None
    """`media.recording_facts.FACTS_VERSION` of the facts below and of `TrackStore.facts`; None: there are none yet."""
    tempo_bpm: float | None = None
    tempo_confidence: float | None = None
    """0 … 1."""
    musical_key: str | None = None
    """Like ``F# minor``."""
    key_confidence: float | None = None
    """0 … 1."""
    energy_estimate: float | None = None
    """0 … 1; an estimate."""
    mood_estimate: str | None = None
    """One word (`media/analysis/mood.py`); an estimate."""


@dataclass(frozen=True, slots=True)
class TrackFile:
    """Where a track's sound lies. One track may have several files (copies)."""

    path: str
    track: TrackId
    root: str
    byte_count: int
    modified_ns: int
    is_present: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What decoding a track told."""

    frames: SampleCount
    loudness_lufs: float | None
    true_peak_db: float | None
    peaks_blob: str | None
    note: str


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """Everything that listening told, and the waveform's other zooms."""

    facts: RecordingFacts
    overview_blob: str
    """Content hash of the waveform at 2 bytes a second."""
    detail_blob: str
    """The same at 200."""


class TrackStore(Protocol):
    """The library. Files are only ever pointed at."""

    async def get(self, track: TrackId) -> Track | None: ...
    async def many(self, tracks: Sequence[TrackId]) -> Mapping[TrackId, Track]: ...
    async def search(self, query: str, *, limit: int, offset: int) -> Sequence[Track]:
        """Available tracks whose title, artist, album or genre holds every word of `query` (prefix, any case).

        Accents do not matter; what a word is tells `storage/search.py`. First come tracks that begin with the query,
        then the others, both by artist, album, disc, track number and title. A query without words finds every track.
        """
        ...

    async def count(self, query: str = "") -> int:
        """How many tracks `search` finds for `query` on all pages together; without words, how many are available."""
        ...

    async def by_hashes(self, hashes: Sequence[str]) -> Mapping[str, Track]: ...
    async def save_scanned(self, tracks: Sequence[Track], files: Sequence[TrackFile]) -> None:
        """Insert or update as one unit. Measured facts already known for the same audio hash are kept.

        An audio hash that is kept under another track id keeps that id, and the given files are pointed at it. Tracks
        with files become available by them; a track without files is as available as given.
        A path that now holds another sound leaves its former track, which is unavailable without files.
        Raises `Conflict` if a file points at no track, or a track id is kept with another audio hash.
        """
        ...

    async def files_under(self, root: str) -> Mapping[str, TrackFile]:
        """Files by path that were saved with this root, missing ones too."""
        ...

    async def files_of(self, track: TrackId) -> Sequence[TrackFile]:
        """All files of the track by path, present ones first."""
        ...

    async def set_present(self, paths: Sequence[str], *, is_present: bool) -> None:
        """Mark files there or missing; a track is available while one of its files is there."""
        ...

    async def save_measured(self, track: TrackId, measured: Measured) -> None:
        """Raises `UnknownTrack`."""
        ...

    async def save_facts(self, track: TrackId, stored: StoredFacts) -> None:
        """Keep facts with their version, in place of what was kept. Raises `UnknownTrack`."""
        ...

    async def facts(self, track: TrackId) -> StoredFacts | None:
        """What `save_facts` kept."""
        ...

    async def fingerprints(self) -> Mapping[TrackId, bytes]:
        """Of all available tracks that have one: 4 kB each."""
        ...

    async def unheard(self, version: int, *, after: int, limit: int) -> Sequence[tuple[int, Track]]:
        """Available tracks whose facts are missing or of another version, in the order they came into the library.

        Each comes with its number; `after` is the last number that was seen, 0 at first.
        """
        ...

    async def roots(self) -> Sequence[str]:
        """Watched folders, sorted."""
        ...

    async def add_root(self, root: str) -> None:
        """Watch one more folder; twice is once."""
        ...
