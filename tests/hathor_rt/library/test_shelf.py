from pathlib import Path

from hathor_rt.library.shelf import ADOPTIONS_PER_SHRINK, Shelf
from hathor_rt.storage.blobs import Blobs


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
