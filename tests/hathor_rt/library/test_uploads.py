import os
from pathlib import Path

import pytest

from hathor_rt.library.uploads import MOST_AT_ONCE, Uploaded, Uploads
from hathor_rt.refusals import DamagedFile, NotSound, StorageOverQuota, TooMany, UploadTooLarge
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage
from tests.fakes.uploads import uploads_in
from tests.fakes.workshop import FakeResults, FakeWorkshop
from tests.media.sounds import music, write_sound


@pytest.fixture
def storage() -> Storage:
    return open_memory(seed=1)


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    return write_sound(tmp_path, "wav", music(9_600)).read_bytes()


def lying(folder: Path) -> list[str]:
    """Every file of uploads, finished or not."""
    paths = [*(folder / "uploads").rglob("*"), *(folder / "uploading").rglob("*")]
    return sorted(str(path.relative_to(folder)) for path in paths if path.is_file())


async def send(uploads: Uploads, content: bytes, name: str = "Song.wav", piece_bytes: int = 1_000) -> Uploaded:
    async with uploads.receive(len(content)) as upload:
        for at in range(0, len(content), piece_bytes):
            await upload.write(content[at : at + piece_bytes])
        return await uploads.finish(upload, "g1", name)


async def test_sound_that_came_is_in_the_library(tmp_path: Path, storage: Storage, sound: bytes) -> None:
    uploads = uploads_in(tmp_path, storage)
    uploaded = await send(uploads, sound)
    assert (uploaded.title, uploaded.is_new) == ("Song", True)
    assert lying(tmp_path) == ["uploads/g1/Song.wav"]
    [track] = await storage.tracks.search("song", limit=9, offset=0)
    assert (track.track, track.is_available, track.is_demo) == (uploaded.track, True, False)
    assert list(await storage.tracks.roots()) == [str(tmp_path / "uploads")]


async def test_what_the_library_has_is_not_kept_twice(tmp_path: Path, storage: Storage, sound: bytes) -> None:
    uploads = uploads_in(tmp_path, storage)
    first = await send(uploads, sound)
    again = await send(uploads, sound, "Another name.wav")
    assert (again.track, again.is_new, again.digest) == (first.track, False, first.digest)
    assert lying(tmp_path) == ["uploads/g1/Song.wav"]


async def test_files_of_one_name_lie_beside_each_other(tmp_path: Path, storage: Storage, sound: bytes) -> None:
    uploads = uploads_in(tmp_path, storage)
    (tmp_path / "other").mkdir()
    other = write_sound(tmp_path / "other", "wav", music(14_400)).read_bytes()
    await send(uploads, sound)
    await send(uploads, other)
    assert lying(tmp_path) == ["uploads/g1/Song (2).wav", "uploads/g1/Song.wav"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.wav", "passwd.wav"), ("C:\\Music\\a.mp3", "a.wav"), (".hidden.wav", "hidden.wav"),
        ("", "Untitled.wav"),
        ("a\x00\n\u202eb.wav", "a b.wav"), ("é" * 300 + ".wav", "é" * 60 + ".wav"), ("no suffix", "no suffix.wav"),
    ],
)  # fmt: skip
async def test_a_foreign_name_stays_a_name(
    tmp_path: Path, storage: Storage, sound: bytes, name: str, kept: str
) -> None:
    await send(uploads_in(tmp_path, storage), sound, name)
    assert lying(tmp_path) == [f"uploads/g1/{kept}"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x7fELF" + bytes(500), b"PK\x03\x04" + bytes(500), b"MZ" + bytes(9_000), b"<html>" + bytes(50), b"RIFF",
        b"%PDF-1.7\n" + b"\xff\xfb\x90\x64" + bytes(2_000),
    ],
)  # fmt: skip
async def test_what_is_no_sound_is_refused_and_leaves_nothing(tmp_path: Path, storage: Storage, content: bytes) -> None:
    with pytest.raises(NotSound):
        await send(uploads_in(tmp_path, storage), content, "song.mp3")
    assert lying(tmp_path) == []
    assert not await storage.tracks.search("", limit=9, offset=0)


async def test_it_is_refused_with_its_first_bytes(tmp_path: Path, storage: Storage) -> None:
    async with uploads_in(tmp_path, storage).receive(900_000) as upload:
        with pytest.raises(NotSound):
            await upload.write(b"MZ" + bytes(10))


async def test_a_head_without_sound_behind_it_is_refused(tmp_path: Path, storage: Storage) -> None:
    for content in (b"fLaC" + bytes(5_000), b"ID3\x04" + b"\x7fELF" * 500, b"OggS" + bytes(100)):
        with pytest.raises(DamagedFile):
            await send(uploads_in(tmp_path, storage), content, "song.mp3")
        assert lying(tmp_path) == []


async def test_what_cannot_be_decoded_never_was_in_the_library(tmp_path: Path, storage: Storage, sound: bytes) -> None:
    workshop = FakeWorkshop(FakeResults(tmp_path / "results"), failure="damaged-file")
    with pytest.raises(DamagedFile):
        await send(uploads_in(tmp_path, storage, workshop=workshop), sound)
    assert lying(tmp_path) == []
    assert not await storage.tracks.search("", limit=9, offset=0)


async def test_limits_are_kept_before_and_while_it_comes(tmp_path: Path, storage: Storage, sound: bytes) -> None:
    uploads = uploads_in(tmp_path, storage, file_bytes=len(sound), total_bytes=len(sound) + 10)
    with pytest.raises(UploadTooLarge):
        await send(uploads, sound + b"x")
    with pytest.raises(UploadTooLarge):
        async with uploads.receive(100) as upload:
            await upload.write(sound[:101])
    async with uploads.receive(len(sound)) as upload:
        await upload.write(sound[:500])
        with pytest.raises(NotSound, match="before its announced length"):
            await uploads.finish(upload, "g1", "cut.wav")
    assert lying(tmp_path) == []
    await send(uploads, sound)
    with pytest.raises(StorageOverQuota):
        await send(uploads, sound)


async def test_only_some_come_at_once(tmp_path: Path, storage: Storage) -> None:
    uploads = uploads_in(tmp_path, storage)

    async def nested(depth: int) -> None:
        async with uploads.receive(10):
            if depth < MOST_AT_ONCE:
                await nested(depth + 1)
            else:
                with pytest.raises(TooMany):
                    async with uploads.receive(10):
                        pass

    await nested(1)
    async with uploads.receive(10):
        pass


async def test_what_a_crash_left_goes_after_an_hour(tmp_path: Path, storage: Storage) -> None:
    (tmp_path / "uploading").mkdir()
    for name, age_seconds in (("old", 3_700), ("young", 60)):
        path = tmp_path / "uploading" / name
        path.touch()
        at = path.stat().st_mtime - age_seconds
        os.utime(path, (at, at))
    await uploads_in(tmp_path, storage).tidy()
    assert lying(tmp_path) == ["uploading/young"]
