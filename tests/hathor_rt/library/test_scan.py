"""Scanning real files into a real store: what is found, kept, missing, back, damaged."""

import os
import shutil
from pathlib import Path

import mutagen
import pytest

from hathor_rt.ids import random_id
from hathor_rt.library.scan import Scanner, ScanReport
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage, Track
from tests.media.sounds import music, write_sound

pytestmark = pytest.mark.slow


class Covers:
    """Keeps pictures by their number."""

    def __init__(self) -> None:
        self.pictures: list[bytes] = []

    async def put(self, data: bytes) -> str:
        if data not in self.pictures:
            self.pictures.append(data)
        return f"cover{self.pictures.index(data)}"


class Library:
    """A store with a scanner over a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.storage: Storage = open_memory()
        self.covers = Covers()
        self.scanner = Scanner(self.storage.tracks, self.covers, processes=1, new_id=random_id)

    async def scan(self) -> ScanReport:
        return await self.scanner.scan(self.root)

    async def tracks(self) -> list[Track]:
        return list(await self.storage.tracks.search("", limit=100, offset=0))


def title(path: Path, text: str) -> None:
    file = mutagen.File(path, easy=True)
    assert file is not None
    if file.tags is None:
        file.add_tags()
    file["title"] = text
    file.save()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    root = tmp_path / "music"
    root.mkdir()
    for seed, name in enumerate(("flac", "mp3", "opus")):
        title(write_sound(root, name, music(9_600, seed=seed), stem=f"s{seed}"), f"Song {seed}")
    return Library(root)


async def test_everything_is_findable_after_one_scan(library: Library) -> None:
    report = await library.scan()
    assert (report.files, report.read, report.missing, report.refused) == (3, 3, 0, [])
    assert sorted(track.title for track in await library.tracks()) == ["Song 0", "Song 1", "Song 2"]


async def test_a_second_scan_opens_nothing(library: Library) -> None:
    await library.scan()
    report = await library.scan()
    assert (report.unchanged, report.read) == (3, 0)


async def test_ids_survive_moving_renaming_and_retagging(library: Library) -> None:
    await library.scan()
    before = {track.audio_hash: track.track for track in await library.tracks()}
    (library.root / "sub").mkdir()
    for number, path in enumerate(sorted(library.root.glob("s*"))):
        if path.is_file():
            moved = path.rename(library.root / "sub" / f"renamed{number}{path.suffix}")
            title(moved, f"Other {number}")
    await library.scan()
    after = await library.tracks()
    assert {track.audio_hash: track.track for track in after} == before
    assert all(track.title.startswith("Other") for track in after)


async def test_a_missing_file_makes_its_track_unavailable_until_it_is_back(library: Library) -> None:
    await library.scan()
    path = next(library.root.glob("*.flac"))
    away = library.root.parent / path.name
    path.rename(away)
    report = await library.scan()
    assert report.missing == 1
    assert len(await library.tracks()) == 2
    shutil.move(away, path)
    await library.scan()
    assert len(await library.tracks()) == 3


async def test_an_unmounted_folder_deletes_nothing(library: Library) -> None:
    await library.scan()
    before = sorted(track.track for track in await library.tracks())
    away = library.root.rename(library.root.parent / "unplugged")
    report = await library.scan()
    assert report.is_root_missing
    assert await library.tracks() == []
    away.rename(library.root)
    report = await library.scan()
    assert report.read == 0
    assert sorted(track.track for track in await library.tracks()) == before


async def test_copies_of_one_recording_are_one_track(library: Library) -> None:
    path = next(library.root.glob("*.mp3"))
    shutil.copy(path, library.root / "copy.mp3")
    report = await library.scan()
    assert report.read == 4
    assert len(await library.tracks()) == 3
    path.unlink()
    await library.scan()
    assert len(await library.tracks()) == 3


async def test_damaged_files_are_refused_with_a_line_each_and_the_rest_is_taken(library: Library) -> None:
    (library.root / "empty.mp3").write_bytes(b"")
    (library.root / "noise.flac").write_bytes(os.urandom(4_000))
    report = await library.scan()
    assert report.read == 3
    assert sorted(Path(path).name for path, _ in report.refused) == ["empty.mp3", "noise.flac"]
    assert all(reason for _, reason in report.refused)


async def test_a_read_only_folder_is_scanned_and_stays_as_it_was(library: Library) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in library.root.iterdir()}
    for path in library.root.iterdir():
        path.chmod(0o444)
    library.root.chmod(0o555)
    try:
        report = await library.scan()
    finally:
        library.root.chmod(0o755)
    assert report.read == 3
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in library.root.iterdir()} == before


async def test_one_picture_serves_the_album(library: Library) -> None:
    (library.root / "cover.jpg").write_bytes(b"\xff\xd8\xff" + bytes(64))
    await library.scan()
    assert {track.cover_blob for track in await library.tracks()} == {"cover0"}
    assert len(library.covers.pictures) == 1


async def test_progress_counts_up_to_the_end(library: Library) -> None:
    seen: list[tuple[int, int]] = []
    await library.scanner.scan(library.root, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
