"""Where finished files lie, as the library and the media pool use it."""

from pathlib import Path
from typing import Final

from hathor_rt.refusals import StorageFull
from hathor_rt.storage.blobs import Blobs

# Shrinking lists the whole cache, so it is not done for every segment.
ADOPTIONS_PER_SHRINK: Final = 64


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

    async def path(self, digest: str) -> Path | None:
        """Where the file lies, which counts as a use; None if it is not kept any more."""
        return await self._blobs.path(digest)

    async def pin(self, digest: str) -> None:
        """Keep a file until `unpin`."""
        self._blobs.pin([digest])

    async def unpin(self, digest: str) -> None:
        """Let a file go again when its time comes."""
        self._blobs.unpin([digest])
