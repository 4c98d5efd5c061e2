import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from hathor_rt.refusals import StorageDown, StorageFull
from hathor_rt.storage.blobs import Blobs


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def _used(path: Path, seconds: int) -> None:
    os.utime(path, (seconds, path.stat().st_mtime))


async def _put_used(blobs: Blobs, data: bytes, seconds: int) -> str:
    digest = await blobs.put(data)
    path = await blobs.path(digest)
    assert path is not None
    _used(path, seconds)
    return digest


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_a_blob_is_named_by_its_content(tmp_path: Path) -> None:
    blobs = await Blobs.open(tmp_path / "blobs")
    digest = await blobs.put(b"sound")
    assert digest == _digest(b"sound")
    path = await blobs.path(digest)
    assert path == tmp_path / "blobs" / digest[:2] / digest
    assert path.read_bytes() == b"sound"


async def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    blobs = await Blobs.open(tmp_path)
    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(blobs.put, b"same")
    assert _files(tmp_path) == [f"{_digest(b'same')[:2]}/{_digest(b'same')}"]


@pytest.mark.parametrize("name", ["", "00", "../../etc/passwd", "Z" * 64, "0" * 64])
async def test_what_is_not_kept_has_no_path(tmp_path: Path, name: str) -> None:
    blobs = await Blobs.open(tmp_path)
    assert await blobs.path(name) is None


async def test_an_adopted_file_moves_in(tmp_path: Path) -> None:
    blobs = await Blobs.open(tmp_path / "blobs")
    made = tmp_path / "made"
    made.write_bytes(b"sound")
    inode = made.stat().st_ino
    path = await blobs.path(await blobs.adopt(made))
    assert path is not None
    assert path.stat().st_ino == inode
    assert not made.exists()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A file on another file system."""
    memory = Path("/dev/shm")
    if not memory.exists() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("/dev/shm is no file system of its own here")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        file = Path(folder) / "made"
        file.write_bytes(b"from elsewhere")
        yield file


async def test_an_adopted_file_may_come_from_another_disk(tmp_path: Path, elsewhere: Path) -> None:
    blobs = await Blobs.open(tmp_path / "blobs")
    path = await blobs.path(await blobs.adopt(elsewhere))
    assert path is not None
    assert path.read_bytes() == b"from elsewhere"
    assert _files(elsewhere.parent) == []
    assert _files(tmp_path / "blobs" / "partial") == []


async def test_adopting_what_is_kept_already_removes_the_copy(tmp_path: Path) -> None:
    blobs = await Blobs.open(tmp_path / "blobs")
    digest = await blobs.put(b"sound")
    copy = tmp_path / "copy"
    copy.write_bytes(b"sound")
    assert await blobs.adopt(copy) == digest
    assert not copy.exists()


async def test_the_longest_unused_go_first(tmp_path: Path) -> None:
    blobs = await Blobs.open(tmp_path, limit_bytes=25)
    old = await _put_used(blobs, b"o" * 10, 1_000)
    middle = await _put_used(blobs, b"m" * 10, 2_000)
    new = await _put_used(blobs, b"n" * 10, 3_000)
    assert await blobs.path(old) is not None  # used just now
    assert await blobs.shrink() == [middle]
    assert await blobs.path(middle) is None
    assert await blobs.path(old) is not None
    assert await blobs.path(new) is not None
    assert await blobs.shrink() == []


async def test_on_a_nearly_full_disk_they_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = await Blobs.open(tmp_path, limit_bytes=1_000)
    old = await _put_used(blobs, b"o" * 10, 1_000)
    new = await _put_used(blobs, b"n" * 10, 3_000)
    monkeypatch.setattr("hathor_rt.storage.blobs.cache_bound", lambda folder, kept_bytes, limit_bytes: kept_bytes - 5)
    assert await blobs.shrink() == [old]
    assert await blobs.path(new) is not None


async def test_pinned_blobs_stay_until_as_often_unpinned(tmp_path: Path) -> None:
    blobs = await Blobs.open(tmp_path, limit_bytes=0)
    first = await _put_used(blobs, b"1", 1_000)
    second = await _put_used(blobs, b"2", 2_000)
    blobs.pin([first, second])
    blobs.pin([first])
    assert await blobs.shrink() == []
    blobs.unpin([first, second])
    assert await blobs.shrink() == [second]
    blobs.unpin([first])
    assert await blobs.shrink() == [first]
    with pytest.raises(AssertionError):
        blobs.unpin([first])


async def test_without_a_limit_nothing_goes(tmp_path: Path) -> None:
    blobs = await Blobs.open(tmp_path)
    await blobs.put(b"x")
    assert await blobs.shrink() == []


async def test_opening_removes_what_a_crash_left(tmp_path: Path) -> None:
    blobs = await Blobs.open(tmp_path)
    digest = await blobs.put(b"kept")
    leftover, at_work = tmp_path / "partial" / "leftover", tmp_path / "partial" / "atwork"
    for path in (leftover, at_work):
        path.write_bytes(b"half")
    os.utime(leftover, (time.time() - 7_200,) * 2)
    again = await Blobs.open(tmp_path)
    assert not leftover.exists()
    assert at_work.exists()
    assert await again.path(digest) is not None


@pytest.mark.parametrize(
    ("number", "refusal"), [(errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, StorageDown)]
)
async def test_a_failing_disk_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, refusal: type[Exception]
) -> None:
    blobs = await Blobs.open(tmp_path / "blobs")
    made = tmp_path / "made"
    made.write_bytes(b"sound")

    def fail(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    # The operating system's call, which no test can make fail by ordinary means.
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(refusal):
        await blobs.put(b"sound")
    with pytest.raises(refusal):
        await blobs.adopt(made)
    monkeypatch.undo()
    assert made.read_bytes() == b"sound"
    assert _files(tmp_path / "blobs") == []


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageDown):
        await Blobs.open(tmp_path / "file" / "blobs")


async def test_adopting_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    blobs = await Blobs.open(tmp_path / "blobs")
    with pytest.raises(StorageDown):
        await blobs.adopt(tmp_path / "nothing")
