import json
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from hathor_rt.refusals import BadSetting, DamagedFile, NewerData, StorageDown
from hathor_rt.storage.archive import Progress, pack, unpack
from sync.units import Micros

DIGEST = "ab" + "0" * 62
MADE = Micros(1_795_184_513_000_000)


def nothing(_done: int, _total: int) -> None:
    return


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name, content in (
        (f"blobs/ab/{DIGEST}", b"cover" * 1000),
        ("blobs/partial/half", b"half"),
        ("tls/authority.key", b"secret"),
        ("cache/aa/" + "a" * 64, b"segment"),
        ("pcm/x", b"sound"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "copy.db").write_bytes(b"database" * 10_000)
    return folder


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Path:
    pack(tmp_path / "backup.tar", data / "copy.db", data, MADE, nothing)
    return tmp_path / "backup.tar"


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rewritten(archive: Path, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]) -> None:
    with tarfile.open(archive) as tar:
        members = [(member, file.read()) for member in tar if (file := tar.extractfile(member)) is not None]
    change(members)
    with tarfile.open(archive, "w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, BytesIO(content))


def test_everything_needed_comes_back_and_caches_do_not(archive: Path, tmp_path: Path) -> None:
    manifest = unpack(archive, tmp_path / "out", nothing)
    assert files(tmp_path / "out") == {
        "hathor.db": b"database" * 10_000,
        f"blobs/ab/{DIGEST}": b"cover" * 1000,
        "tls/authority.key": b"secret",
    }
    assert manifest.made_utc == MADE
    assert manifest.files["hathor.db"].byte_count == 80_000


def test_it_is_for_its_owners_eyes(archive: Path, tmp_path: Path) -> None:
    assert archive.stat().st_mode & 0o077 == 0
    unpack(archive, tmp_path / "out", nothing)
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    assert (tmp_path / "out" / "tls" / "authority.key").stat().st_mode & 0o077 == 0


def test_nothing_is_overwritten_and_nothing_is_left_of_a_failure(archive: Path, data: Path, tmp_path: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(BadSetting):
        pack(archive, data / "copy.db", data, MADE, nothing)
    assert archive.read_bytes() == before
    with pytest.raises(StorageDown):
        pack(tmp_path / "other.tar", data / "none.db", data, MADE, nothing)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar", "data"]


def test_progress_reaches_its_end(archive: Path, data: Path, tmp_path: Path) -> None:
    def told() -> tuple[list[tuple[int, int]], Progress]:
        steps: list[tuple[int, int]] = []
        return steps, lambda done, total: steps.append((done, total))

    acts: tuple[Callable[[Progress], object], ...] = (
        lambda progress: pack(tmp_path / "more.tar", data / "copy.db", data, MADE, progress),
        lambda progress: unpack(archive, tmp_path / "out", progress),
    )
    for act in acts:
        steps, progress = told()
        act(progress)
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1] > 80_000


def test_every_damaged_byte_of_content_is_noticed(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    for number, word in enumerate((b"databasedatabase", b"covercover", b"secret")):
        damaged = bytearray(whole)
        damaged[whole.index(word) + 3] ^= 1
        archive.write_bytes(bytes(damaged))
        with pytest.raises(DamagedFile):
            unpack(archive, tmp_path / f"out{number}", nothing)


def test_an_archive_that_was_cut_is_noticed(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    for number, end in enumerate((0, 100, 600, 5_000, 50_000, whole.rindex(b"secret") + 2)):
        archive.write_bytes(whole[:end])
        with pytest.raises(DamagedFile):
            unpack(archive, tmp_path / f"out{number}", nothing)


def test_other_files_are_no_archives(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"holiday pictures" * 1000, b"\x1f\x8b" + bytes(1000))):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(DamagedFile):
            unpack(tmp_path / "file", tmp_path / f"out{number}", nothing)
    with pytest.raises(DamagedFile):
        unpack(tmp_path / "none", tmp_path / "out", nothing)


def _named(name: str) -> Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]:
    def change(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        told = json.loads(members[0][1])
        told["files"][name] = told["files"].pop("tls/authority.key")
        members[0] = (members[0][0], json.dumps(told).encode())
        members[-1][0].name = name

    return change


def _linked(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members[-1][0].type, members[-1][0].linkname = tarfile.SYMTYPE, "/etc/passwd"


def _twice(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members.append(members[-1])


def _without_manifest(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    del members[0]


def _with_more(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    members.append((tarfile.TarInfo("tls/other.key"), b"x"))


@pytest.mark.parametrize(
    "change",
    [
        _named("../outside"),
        _named("/etc/cron.d/x"),
        _named("tls/../../x"),
        _named("tls/.hidden"),
        _named("blobs/zz/x"),
        _named("pcm/x"),
        _linked,
        _twice,
        _without_manifest,
        _with_more,
    ],
)
def test_nothing_gets_out_of_its_folder(
    archive: Path, tmp_path: Path, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]
) -> None:
    rewritten(archive, change)
    with pytest.raises(DamagedFile):
        unpack(archive, tmp_path / "out", nothing)
    assert not (tmp_path / "outside").exists()
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_symlink()]


def test_what_a_newer_program_made_is_told(archive: Path, tmp_path: Path) -> None:
    def newer(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        members[0] = (members[0][0], b'{"format": 2, "files": "in another way"}')

    rewritten(archive, newer)
    with pytest.raises(NewerData):
        unpack(archive, tmp_path / "out", nothing)
