"""Content-addressed files: encoded segments, waveform peaks, covers. What is kept is never changed.

A blob's name is the BLAKE2b-256 hash of its bytes in hex; it lies at ``<first two digits>/<name>`` so that no folder grows
huge. Blobs appear by rename, so half a blob is never seen. The time of last use is the file's access time, set by us
(mounts with ``noatime`` keep it; the modification time stays that of the making), so nothing is lost by a restart.
"""

import errno
import hashlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import trio

from hathor_rt.ids import random_id
from hathor_rt.refusals import StorageDown, StorageFull
from hathor_rt.storage.flushing import flush_folder
from media.cache_bound import cache_bound

T = TypeVar("T")

_PARTIAL_FOLDER: Final = "partial"

# Nothing is written for an hour; what is older was left by a crash.
_LEFTOVER_NS: Final = 3_600 * 10**9

# One thread hashes and writes about 300 MB/s; a few overlap the waiting for the disk.
_THREADS: Final = 4

# Reading for the hash in pieces keeps a long recording out of memory.
_PIECE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class _Kept:
    digest: str
    byte_count: int
    used_ns: int


class Blobs:
    """A folder of blobs, used by one process for writing; others may read by path.

    `Blobs.open` also clears up after a crash.
    """

    def __init__(self, folder: Path, limit_bytes: int | None) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._limiter = trio.CapacityLimiter(_THREADS)
        self._pins: Counter[str] = Counter()

    @classmethod
    async def open(cls, folder: Path, limit_bytes: int | None = None) -> "Blobs":
        """Make the folder if it is not there and remove what a crash left half written.

        Args:
            folder: Belongs to the blobs alone.
            limit_bytes: What `shrink` brings the blobs down to. None: no limit.

        Raises:
            StorageFull: The disk is full.
            StorageDown: The folder cannot be used.
        """
        blobs = cls(folder, limit_bytes)
        await blobs._in_thread(blobs._prepare)
        return blobs

    async def put(self, data: bytes) -> str:
        """Keep `data` and return its digest: 64 hex characters. Durable on return; twice is once.

        Raises:
            StorageFull: The disk is full; nothing was kept.
            StorageDown: The disk fails.
        """
        return await self._in_thread(lambda: self._put(data))

    async def adopt(self, path: Path) -> str:
        """Move the file at `path` in and return its digest, as `put`. The file may lie on another file system.

        The file is gone from `path` on return, and untouched if this raises. Nobody may write to it meanwhile.
        """
        return await self._in_thread(lambda: self._adopt(path))

    async def path(self, digest: str) -> Path | None:
        """Where the blob lies, None if it is not kept (any more). Counts as use."""
        return await self._in_thread(lambda: self._touched(digest))

    def pin(self, digests: Iterable[str]) -> None:
        """Protect blobs from `shrink`, until as many `unpin`."""
        self._pins.update(digests)

    def unpin(self, digests: Iterable[str]) -> None:
        """Take one protection away from each."""
        for digest in digests:
            self._pins[digest] -= 1
            assert self._pins[digest] >= 0, f"{digest} was unpinned more often than pinned"
            if self._pins[digest] == 0:
                del self._pins[digest]

    async def shrink(self) -> list[str]:
        """Remove the longest unused blobs, never pinned ones, and tell which are gone.

        Those beyond the limit go, and on a nearly full disk those that take what must stay free.
        """
        if self._limit_bytes is None:
            return []
        limit_bytes = self._limit_bytes
        return await self._in_thread(lambda: self._shrink(limit_bytes))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await trio.to_thread.run_sync(work, limiter=self._limiter)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull("The disk is full: nothing was saved.") from error
            raise StorageDown(f"The folder {self._folder.name} cannot be used: {error.strerror}") from error

    def _prepare(self) -> None:
        partial = self._folder / _PARTIAL_FOLDER
        partial.mkdir(parents=True, exist_ok=True)
        for leftover in partial.iterdir():
            # A younger one may be another process's, at work right now.
            if time.time_ns() - leftover.stat().st_mtime_ns > _LEFTOVER_NS:
                leftover.unlink(missing_ok=True)

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _touched(self, digest: str) -> Path | None:
        # Digests come from rows and requests: nothing else may become a path.
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            return None
        place = self._place(digest)
        try:
            made_ns = place.stat().st_mtime_ns
            os.utime(place, ns=(time.time_ns(), made_ns))
        except FileNotFoundError:
            return None
        return place

    def _put(self, data: bytes) -> str:
        digest = hashlib.blake2b(data, digest_size=32).hexdigest()
        if self._touched(digest) is None:
            partial = self._new_partial()
            try:
                with partial.open("xb") as file:
                    file.write(data)
                    _sync(file)
                self._publish(partial, digest)
            finally:
                partial.unlink(missing_ok=True)
        return digest

    def _adopt(self, path: Path) -> str:
        digest = _digest_of(path)
        if self._touched(digest) is not None:
            path.unlink()
            return digest
        partial = self._new_partial()
        try:
            with path.open("rb") as file:
                os.fsync(file.fileno())
            self._publish(path, digest)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # It lies on another file system, where a rename cannot reach.
            with path.open("rb") as source, partial.open("xb") as file:
                shutil.copyfileobj(source, file, _PIECE_BYTES)
                _sync(file)
            self._publish(partial, digest)
            path.unlink()
        finally:
            partial.unlink(missing_ok=True)
        return digest

    def _new_partial(self) -> Path:
        folder = self._folder / _PARTIAL_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        return folder / random_id()

    def _publish(self, file: Path, digest: str) -> None:
        place = self._place(digest)
        if not place.parent.exists():
            place.parent.mkdir(exist_ok=True)
            flush_folder(self._folder)
        file.rename(place)
        flush_folder(place.parent)

    def _shrink(self, limit_bytes: int) -> list[str]:
        kept = self._kept()
        kept_bytes = sum(each.byte_count for each in kept)
        excess = kept_bytes - cache_bound(self._folder, kept_bytes, limit_bytes)
        gone: list[str] = []
        for each in sorted(kept, key=lambda each: (each.used_ns, each.digest)):
            if excess <= 0:
                break
            # Looked up now, not before the listing, which may have taken a while.
            if each.digest not in self._pins:
                self._place(each.digest).unlink(missing_ok=True)
                gone.append(each.digest)
                excess -= each.byte_count
        return gone

    def _kept(self) -> list[_Kept]:
        kept: list[_Kept] = []
        for folder in self._folder.iterdir():
            if folder.name == _PARTIAL_FOLDER or not folder.is_dir():
                continue
            with os.scandir(folder) as entries:
                for entry in entries:
                    status = entry.stat()
                    kept.append(_Kept(entry.name, status.st_size, status.st_atime_ns))
        return kept


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
