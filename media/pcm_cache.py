"""Decoded sound on disk: bounded, shared by all worker processes, and never half written.

Layout below the cache's folder, where <recording> is 32 hex characters (BLAKE2b-128 of the source's name)::

    <recording>/00003.pcm    block 3: frames 3 * 2 880 000 up to the next block or the recording's end
    <recording>/facts.json   {"frames": 10584000, "note": ""} once the recording was read to its end
    <recording>/lock         held (flock) by the one process that decodes the recording now
    eviction.lock            held while old blocks are removed

A block is raw float32, little endian, first all of the left channel, then all of the right: 60 s are 23 MB. Blocks appear by
rename, so a reader sees a whole one or none; an evicted file stays readable for whoever has it open. Reading a block sets its
modification time, and the oldest blocks go first.

Recordings longer than half the cache are kept in part: the blocks around the wanted frame. For the rest the file is decoded
again (about 2 ms of CPU per second of sound), as lossy files cannot be entered in the middle exactly.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import msgspec
import numpy as np

from media.cache_bound import cache_bound
from media.pcm import CHANNELS, RATE, Pcm, Samples

BLOCK_FRAMES: Final = 60 * RATE
_SAMPLE_BYTES: Final = 4
_FRAME_BYTES: Final = CHANNELS * _SAMPLE_BYTES
# One piece may lie across two blocks, and another process may want two others.
_LEAST_BLOCKS: Final = 6
LEAST_BYTES: Final = _LEAST_BLOCKS * BLOCK_FRAMES * _FRAME_BYTES


class Facts(msgspec.Struct, frozen=True):
    """What reading a recording to its end told."""

    frames: int
    note: str


class PcmCache:
    """The cache as one process sees it.

    Args:
        folder: Made if missing.
        limit_bytes: Bound of all blocks together.
        block_frames: Length of a block. Processes that share a folder must agree on it.

    Raises:
        ValueError: The limit is below six blocks (138 MB): pieces would be evicted before they are read.
    """

    def __init__(self, folder: Path, limit_bytes: int, *, block_frames: int = BLOCK_FRAMES) -> None:
        least_bytes = _LEAST_BLOCKS * block_frames * _FRAME_BYTES
        if limit_bytes < least_bytes:
            raise ValueError(f"expected a limit of at least {least_bytes} bytes, got {limit_bytes}")
        self.block_frames = block_frames
        self._folder = folder
        self._limit_bytes = limit_bytes
        folder.mkdir(parents=True, exist_ok=True)

    def facts(self, source: str) -> Facts | None:
        """What is known of `source`; None if it was never read to its end."""
        try:
            return msgspec.json.decode((self._of(source) / "facts.json").read_bytes(), type=Facts)
        except FileNotFoundError:
            return None

    def read(self, source: str, first: int, frames: int) -> Pcm | None:
        """`frames` frames from frame `first` on, silence before frame 0 and beyond the end.

        None if a block of it (or the recording's length) is not kept now.
        """
        facts = self.facts(source)
        if facts is None:
            return None
        samples = np.zeros((CHANNELS, frames), np.float32)
        end = min(facts.frames, first + frames)
        # A piece that begins behind the end touches no block, not even the last one.
        begin = min(max(0, first), max(0, end))
        for number in range(begin // self.block_frames, -(-end // self.block_frames)):
            block_first = number * self.block_frames
            block_frames = min(self.block_frames, facts.frames - block_first)
            low, high = max(begin, block_first), min(end, block_first + block_frames)
            into = samples[:, low - first : high - first]
            if not _read_block(self._block(source, number), block_frames, low - block_first, into):
                return None
        return Pcm(samples)

    @contextmanager
    def filling(self, source: str, wanted_frame: int) -> Iterator["Filler | None"]:
        """The right to write `source`, or None while another process has it. Never waits.

        Args:
            source: Name of the recording.
            wanted_frame: Frame that is needed first: its block is kept, as many as fit after it and some before it.
        """
        folder = self._of(source)
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            # Whoever wrote these is dead, or the lock would be held.
            for part in folder.glob("*.part"):
                part.unlink(missing_ok=True)
            most_blocks = self._limit_bytes // 2 // (self.block_frames * _FRAME_BYTES)
            # A little before as well: all of an ordinary track is kept, wherever its first listener begins.
            first_block = max(0, max(0, wanted_frame) // self.block_frames - most_blocks // 4)
            yield Filler(self, folder, range(first_block, first_block + most_blocks))

    def evict(self) -> None:
        """Remove the blocks longest unread until the rest fits the limit, or a nearly full disk. One process at a time.

        What one piece needs stays in any case: it could not be read otherwise.
        """
        with (self._folder / "eviction.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            blocks = []
            for path in self._folder.glob("*/*.pcm"):
                with suppress(FileNotFoundError):
                    status = path.stat()
                    blocks.append((status.st_mtime_ns, status.st_size, path))
            kept_bytes = sum(size for _, size, _ in blocks)
            least_bytes = _LEAST_BLOCKS * self.block_frames * _FRAME_BYTES
            excess = kept_bytes - max(least_bytes, cache_bound(self._folder, kept_bytes, self._limit_bytes))
            for _, size, path in sorted(blocks):
                if excess <= 0:
                    return
                path.unlink(missing_ok=True)
                excess -= size

    def _of(self, source: str) -> Path:
        return self._folder / hashlib.blake2b(source.encode(), digest_size=16).hexdigest()

    def _block(self, source: str, number: int) -> Path:
        return self._of(source) / _block_name(number)


class Filler:
    """Writes one recording block by block, from its beginning; made by `PcmCache.filling`, alone on its recording."""

    def __init__(self, cache: PcmCache, folder: Path, kept_blocks: range) -> None:
        self._cache = cache
        self._folder = folder
        self._kept_blocks = kept_blocks
        # The block being gathered; 23 MB that are written at once.
        self._block = np.empty((CHANNELS, cache.block_frames), np.float32)
        self._number = 0
        self._filled = 0

    @property
    def has_enough(self) -> bool:
        """Whether everything that will be kept has been written: decoding on tells only the length."""
        return self._number >= self._kept_blocks.stop

    def append(self, pcm: Pcm) -> None:
        """The next frames of the recording.

        Raises:
            OSError: The block cannot be written, e.g. because the disk is full.
        """
        taken = 0
        while taken < pcm.frames:
            room = min(self._block.shape[1] - self._filled, pcm.frames - taken)
            self._block[:, self._filled : self._filled + room] = pcm.samples[:, taken : taken + room]
            self._filled += room
            taken += room
            if self._filled == self._block.shape[1]:
                self._publish()

    def finish(self, note: str) -> Facts:
        """The recording ended: publish the last block and the facts."""
        facts = Facts(self._number * self._block.shape[1] + self._filled, note)
        if self._filled:
            self._publish()
        _write_whole(self._folder / "facts.json", msgspec.json.encode(facts))
        return facts

    def _publish(self) -> None:
        path = self._folder / _block_name(self._number)
        # Decoding is deterministic: a block that is there already holds the same sound.
        if self._number in self._kept_blocks and not path.exists():
            _write_whole(path, np.ascontiguousarray(self._block[:, : self._filled]).data)
            self._cache.evict()
        self._number += 1
        self._filled = 0


def _block_name(number: int) -> str:
    return f"{number:05d}.pcm"


def _write_whole(path: Path, content: "bytes | memoryview") -> None:
    part = path.with_suffix(".part")
    try:
        # No fsync: after a power cut a block may be short, which reading notices.
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _read_block(path: Path, block_frames: int, first: int, into: Samples) -> bool:
    """Fill `into` from frame `first` of the block; False if the block is not there or not whole."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size != block_frames * _FRAME_BYTES:
                path.unlink(missing_ok=True)
                return False
            for channel in range(CHANNELS):
                _read_channel(file, channel * block_frames + first, into[channel])
            os.utime(file.fileno())
    except FileNotFoundError:
        return False
    return True


def _read_channel(file: IO[bytes], first_sample: int, into: Samples) -> None:
    file.seek(first_sample * _SAMPLE_BYTES)
    into[:] = np.fromfile(file, "<f4", into.size)
