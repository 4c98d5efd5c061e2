"""Where finished files lie, as the library and the media pool use it."""

from pathlib import Path
from typing import Final, NoReturn

import structlog
import trio

from hathor_rt.refusals import StorageDown, StorageFull
from hathor_rt.storage.blobs import Blobs

# Shrinking lists the whole cache, so it is not done for every segment.
ADOPTIONS_PER_SHRINK: Final = 64
# At most so much is over the limit for a while: what some workers make in this time, 0.1 GB a minute each.
_SHRINK_EVERY_SECONDS: Final = 120.0

_log = structlog.get_logger("hathor.library")


class Shelf:
    """A blob store that keeps to its limit by itself.

    Args:
        blobs: With a limit, the least recently used files go first, never what is pinned.
    """

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._adopted = 0

    async def adopt(self, path: Path) -> str:
        """Move a finished file in; returns its digest. Raises `StorageFull`, `StorageDown`."""
        try:
            digest = await self._blobs.adopt(path)
        except StorageFull:
            # What is missing may be what older files of the same kind take.
            if not await self._blobs.shrink():
                raise
            digest = await self._blobs.adopt(path)
        self._adopted += 1
        if self._adopted % ADOPTIONS_PER_SHRINK == 0:
            await self._blobs.shrink()
        return digest

    async def keep_within_limit(self) -> NoReturn:
        """Shrink now and then, for as long as the task lives: other processes put files in, too."""
        while True:
            await trio.sleep(_SHRINK_EVERY_SECONDS)
            try:
                await self._blobs.shrink()
            except StorageDown as refusal:  # the next round may fare better
                _log.warning("the cache is not kept within its limit for now", reason=refusal.reason)

    async def path(self, digest: str) -> Path | None:
        """Where the file lies, which counts as a use; None if it is not kept any more."""
        return await self._blobs.path(digest)

    async def pin(self, digest: str) -> None:
        """Keep a file until `unpin`."""
        self._blobs.pin([digest])

    async def unpin(self, digest: str) -> None:
        """Let a file go again when its time comes."""
        self._blobs.unpin([digest])
