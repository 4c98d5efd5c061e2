from pathlib import Path

import pytest
import trio
import trio.testing

from hathor_rt.library.shelf import ADOPTIONS_PER_SHRINK, Shelf
from hathor_rt.refusals import StorageFull
from hathor_rt.storage.blobs import Blobs


class FullDisk(Blobs):
    """Refuses files until something was removed."""

    removable: tuple[str, ...] = ()
    is_full = True

    async def adopt(self, path: Path) -> str:
        if self.is_full:
            raise StorageFull("The disk is full: nothing was saved.")
        return await super().adopt(path)

    async def shrink(self) -> list[str]:
        self.is_full = not self.removable
        return list(self.removable)


async def adopt(shelf: Shelf, folder: Path, number: int) -> str:
    path = folder / f"{number}.part"
    path.write_bytes(number.to_bytes(4, "big") * 256)
    return await shelf.adopt(path)


async def test_it_keeps_to_its_limit_by_itself_and_spares_what_is_pinned(tmp_path: Path) -> None:
    shelf = Shelf(await Blobs.open(tmp_path / "cache", 8 * 1024))
    first = await adopt(shelf, tmp_path, 0)
    await shelf.pin(first)
    digests = [await adopt(shelf, tmp_path, number) for number in range(1, ADOPTIONS_PER_SHRINK)]
    assert await shelf.path(first) is not None
    kept = [digest for digest in digests if await shelf.path(digest) is not None]
    assert len(kept) <= 7
    assert digests[-1] in kept


async def test_what_is_unpinned_goes_in_its_turn(tmp_path: Path) -> None:
    shelf = Shelf(await Blobs.open(tmp_path / "cache", 1024))
    first = await adopt(shelf, tmp_path, 0)
    await shelf.pin(first)
    await shelf.unpin(first)
    for number in range(1, ADOPTIONS_PER_SHRINK):
        await adopt(shelf, tmp_path, number)
    assert await shelf.path(first) is None


async def test_what_others_put_in_is_kept_within_the_limit_too(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    blobs = await Blobs.open(tmp_path / "cache", 3 * 1024)
    shelf, others = Shelf(blobs), Shelf(await Blobs.open(tmp_path / "cache"))
    digests = [await adopt(others, tmp_path, number) for number in range(6)]
    await shelf.pin(digests[0])
    autojump_clock.autojump_threshold = 0.02  # threads are at work
    async with trio.open_nursery() as nursery:
        nursery.start_soon(shelf.keep_within_limit)
        while sum(1 for digest in digests if (tmp_path / "cache" / digest[:2] / digest).exists()) > 3:
            await trio.sleep(60)
        nursery.cancel_scope.cancel()
    assert await shelf.path(digests[0]) is not None


async def test_on_a_full_disk_it_makes_room_and_tries_once_more(tmp_path: Path) -> None:
    blobs = FullDisk(tmp_path / "cache", None)
    shelf = Shelf(blobs)
    with pytest.raises(StorageFull):
        await adopt(shelf, tmp_path, 1)
    assert (tmp_path / "1.part").exists()
    blobs.removable = ("old",)
    assert await shelf.path(await adopt(shelf, tmp_path, 1)) is not None
