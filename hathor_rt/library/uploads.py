"""Sound files that come over the network: limited and looked at while they come, decoded once, then part of the library.

Files lie in a folder of the data directory that is scanned like any other. Until one has proven to be sound it lies beside
that folder, under a name of ours; whatever ends an upload, nothing of it is left there.
"""

import errno
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import msgspec
import trio

from hathor_rt.ids import random_id
from hathor_rt.library.scan import ScanReport
from hathor_rt.library.workshop import MEASURE_PRIORITY, Workshop, done
from hathor_rt.refusals import (
    DamagedFile,
    NotSound,
    StorageDown,
    StorageFull,
    StorageOverQuota,
    TooMany,
    UploadTooLarge,
)
from hathor_rt.storage.ports import Track, TrackStore
from media.jobs import Measure, job_key
from media.sound_kinds import MARK_BYTES, suffix_of
from media.tag_messages import Tags, Unreadable
from media.tag_readers import TagReader

# One thread hop for each: what comes over the network is smaller.
_PIECE_BYTES: Final = 1 << 20
# At once, from everybody: each has a tag reader and a decoder behind it.
MOST_AT_ONCE: Final = 4
_LONGEST_NAME: Final = 120
_LEFTOVER_NS: Final = 3_600 * 10**9
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Uploaded(msgspec.Struct, frozen=True):
    """What became of an upload. `is_new` is false for sound that the library had already; `digest`: BLAKE2b-256 of the file."""

    track: str
    title: str
    is_new: bool
    digest: str


class FolderScanner(Protocol):
    """Brings a folder into the library; `Scanner` fits."""

    async def scan(self, root: Path) -> ScanReport: ...


class Uploads:
    """Takes uploads.

    Args:
        folder: Uploaded files; a root of the library as soon as there is one.
        partial: What is still coming; belongs to this alone.
        scanner: Brings `folder` into the library.
        tracks: Tells what is there already.
        workshop: Decodes.
        file_bytes: Bound of one file.
        total_bytes: Bound of all in `folder`.
    """

    def __init__(
        self,
        folder: Path,
        partial: Path,
        scanner: FolderScanner,
        tracks: TrackStore,
        workshop: Workshop,
        *,
        file_bytes: int,
        total_bytes: int,
    ) -> None:
        self._folder = folder
        self._partial = partial
        self._scanner = scanner
        self._tracks = tracks
        self._workshop = workshop
        self._file_bytes = file_bytes
        self._total_bytes = total_bytes
        self._scanning = trio.Lock()
        self._coming: dict[Path, int] = {}

    @property
    def file_bytes(self) -> int:
        """Bound of one file."""
        return self._file_bytes

    async def tidy(self) -> None:
        """Remove what a crash left behind; what is younger than an hour may be another server's, which is at it."""
        await trio.to_thread.run_sync(_remove_leftovers, self._partial)

    @asynccontextmanager
    async def receive(self, announced_bytes: int) -> AsyncIterator["Upload"]:
        """An upload of so many bytes; nothing of it is left at the end of the block unless it was finished.

        Raises:
            TooMany: Others upload now.
            UploadTooLarge, StorageOverQuota: There is no room for so much.
        """
        if len(self._coming) >= MOST_AT_ONCE:
            raise TooMany("Others are uploading; try again in a moment.")
        if announced_bytes > self._file_bytes:
            raise UploadTooLarge(f"A file may have {self._file_bytes // 1_000_000} MB, this one is larger.")
        path = self._partial / random_id()
        self._coming[path] = announced_bytes
        try:
            kept_bytes = await trio.to_thread.run_sync(_bytes_in, self._folder)
            if kept_bytes + sum(self._coming.values()) > self._total_bytes:
                raise StorageOverQuota("There is no room for more uploads on this server; ask whoever runs it.")
            upload = Upload(path, announced_bytes)
            try:
                yield upload
            finally:
                with trio.CancelScope(
                    shield=True
                ):  # some file system calls: a listener who left must leave nothing here
                    await trio.to_thread.run_sync(upload.discard)
        finally:
            del self._coming[path]

    async def finish(self, upload: "Upload", group: str, name: str) -> Uploaded:
        """Have a complete upload decoded and bring it into the library.

        Args:
            upload: All of it has been written.
            group: An id: files with the same one lie in one folder, as an album does.
            name: What the file is called where it came from.

        Raises:
            NotSound, DamagedFile: It is no sound that is played here.
            StorageFull, StorageDown: It cannot be kept.
        """
        digest = await upload.complete()
        sound = upload.path.with_suffix(upload.suffix)
        await _in_thread(lambda: upload.rename(sound))
        tags = await _tags(sound)
        known = (await self._tracks.by_hashes([tags.audio_hash])).get(tags.audio_hash)
        if known is not None and known.is_available:
            return Uploaded(known.track, known.title, is_new=False, digest=digest)
        # One pass over all of it: what cannot be decoded never was in the library.
        work = Measure(tags.audio_hash, str(sound), keeps_sound=False)
        await done(self._workshop, work, job_key(work), priority=MEASURE_PRIORITY)
        place = self._folder / group / f"{_shown_name(name)}{upload.suffix}"
        async with self._scanning:
            await _in_thread(lambda: _move(upload, place))
            await self._scanner.scan(self._folder)
        track: Track | None = (await self._tracks.by_hashes([tags.audio_hash])).get(tags.audio_hash)
        if track is None:
            raise DamagedFile("The file could not be read a second time.")
        return Uploaded(track.track, track.title, is_new=True, digest=digest)


class Upload:
    """A file that is coming. Made by `Uploads.receive`.

    Attributes:
        path: Where it lies now.
        suffix: Of its kind; known once it has begun.
    """

    def __init__(self, path: Path, announced_bytes: int) -> None:
        self.path = path
        self.suffix = ""
        self._announced_bytes = announced_bytes
        self._byte_count = 0
        self._waiting = bytearray()
        self._digest = hashlib.blake2b(digest_size=32)
        self._file: BinaryIO | None = None
        self._is_handed_over = False

    async def write(self, data: bytes) -> None:
        """The next bytes.

        Raises:
            NotSound: It begins as no sound file does.
            UploadTooLarge: It is longer than announced.
            StorageFull, StorageDown: The disk.
        """
        self._byte_count += len(data)
        if self._byte_count > self._announced_bytes:
            raise UploadTooLarge("The file is longer than was announced.")
        self._waiting += data
        if not self.suffix and len(self._waiting) >= MARK_BYTES:
            self._look()
        if len(self._waiting) >= _PIECE_BYTES:
            await self._flush()

    async def complete(self) -> str:
        """The digest of the whole file, which is on disk then. Raises as `write`, and `NotSound` if it is too short."""
        if not self.suffix:
            self._look()
        if self._byte_count < self._announced_bytes:
            raise NotSound("The file ended before its announced length.")
        await self._flush()
        return self._digest.hexdigest()

    def rename(self, place: Path) -> None:
        """Move it. Blocking."""
        if self._file is not None:
            self._file.close()
        self.path.rename(place)
        self.path = place

    def hand_over(self, place: Path) -> None:
        """Move it for good. Blocking."""
        self.rename(place)
        self._is_handed_over = True

    def discard(self) -> None:
        """Remove it, unless it was handed over. Blocking."""
        if self._file is not None:
            self._file.close()
        if not self._is_handed_over:
            self.path.unlink(missing_ok=True)

    def _look(self) -> None:
        if not self._waiting:
            raise NotSound("The file is empty.")
        suffix = suffix_of(bytes(self._waiting[:MARK_BYTES]))
        if suffix is None:
            raise NotSound("This is no sound file of a known kind (MP3, AAC, FLAC, Ogg, WAV, AIFF).")
        self.suffix = suffix

    async def _flush(self) -> None:
        piece, self._waiting = bytes(self._waiting), bytearray()
        await _in_thread(lambda: self._append(piece))

    def _append(self, piece: bytes) -> None:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb")
        self._digest.update(piece)
        self._file.write(piece)
        self._file.flush()


def _move(upload: Upload, place: Path) -> None:
    """Into the library, beside what has the same name there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    free = place
    while free.exists():
        number += 1
        free = place.with_name(f"{place.stem} ({number}){place.suffix}")
    upload.hand_over(free)


def _shown_name(name: str) -> str:
    """What of a foreign name can be a name here: no folders, no control characters, not hidden, not too long."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
    words = "".join(letter if letter.isprintable() and letter not in '/\\:*?"<>|' else " " for letter in stem)
    shown = " ".join(words.split()).lstrip(".")
    while len(shown.encode(errors="replace")) > _LONGEST_NAME:
        shown = shown[:-1]
    return shown.strip() or "Untitled"


def _remove_leftovers(partial: Path) -> None:
    if partial.is_dir():
        for leftover in partial.iterdir():
            if time.time_ns() - leftover.stat().st_mtime_ns > _LEFTOVER_NS:
                leftover.unlink(missing_ok=True)


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def _tags(path: Path) -> Tags:
    reader = TagReader()
    try:
        reading = await reader.read(str(path))
    finally:
        await reader.close()
    if isinstance(reading, Unreadable):
        raise DamagedFile(f"This file cannot be read: {reading.reason}.")
    return reading


async def _in_thread(work: Callable[[], None]) -> None:
    try:
        await trio.to_thread.run_sync(work)
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("The disk of the server is full.") from error
        raise StorageDown(f"The server cannot keep the file: {error.strerror}.") from error
