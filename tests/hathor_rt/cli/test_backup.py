import tarfile
from pathlib import Path

import pytest
import trio

from hathor_rt.cli.backup import backup, restore
from hathor_rt.config import Config
from hathor_rt.ids import RoomId
from hathor_rt.refusals import BadSetting, DamagedFile, StorageDown
from hathor_rt.storage.sql.opening import open_sql
from tests.conformance.records import ROOM, invite, room


def make_room(data: Path, name: str) -> None:
    async def make() -> None:
        async with open_sql("", data) as storage:
            await storage.rooms.create(room(name), invite(f"t-{name}", name))

    trio.run(make)


def has_room(data: Path, name: str) -> bool:
    async def look() -> bool:
        async with open_sql("", data) as storage:
            return await storage.rooms.get(RoomId(name)) is not None

    return trio.run(look)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    make_room(tmp_path / "data", ROOM)
    return Config(data=tmp_path / "data")


def test_without_a_target_it_goes_to_the_backups_of_the_data(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    made = backup(config, None)
    assert made.parent == config.data / "backups"
    assert made.name.startswith("hathor-2")
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    assert "100 %" in capsys.readouterr().err


def test_a_file_or_a_folder_may_be_named(config: Config, tmp_path: Path) -> None:
    assert backup(config, tmp_path / "mine.tar") == tmp_path / "mine.tar"
    assert backup(config, tmp_path).parent == tmp_path
    with tarfile.open(tmp_path / "mine.tar") as tar:
        assert tar.getnames()[:2] == ["manifest.json", "hathor.db"]


def test_nothing_is_overwritten_and_nothing_is_made_of_nothing(config: Config, tmp_path: Path) -> None:
    (tmp_path / "mine.tar").write_bytes(b"precious")
    with pytest.raises(BadSetting):
        backup(config, tmp_path / "mine.tar")
    with pytest.raises(BadSetting, match="folder"):
        backup(config, tmp_path / "none" / "mine.tar")
    with pytest.raises(StorageDown, match="nothing to back up"):
        backup(Config(data=tmp_path / "empty"), tmp_path / "other.tar")
    assert (tmp_path / "mine.tar").read_bytes() == b"precious"


def test_postgresql_is_told_what_to_use_instead(tmp_path: Path) -> None:
    config = Config(data=tmp_path, database_url="postgresql://host/name")
    with pytest.raises(BadSetting, match="pg_dump"):
        backup(config, tmp_path / "mine.tar")
    (tmp_path / "mine.tar").write_bytes(b"")
    with pytest.raises(BadSetting, match="pg_restore"):
        restore(config, tmp_path / "mine.tar")


def test_a_backup_comes_back_and_what_was_there_is_kept(config: Config, tmp_path: Path) -> None:
    made = backup(config, tmp_path / "mine.tar")
    make_room(config.data, "later")
    said = restore(config, made)
    assert has_room(config.data, ROOM)
    assert not has_room(config.data, "later")
    kept = next(config.data.glob("hathor-replaced-*.db"))
    assert str(kept) in said
    restore(config, kept)
    assert has_room(config.data, "later")


def test_what_is_no_backup_changes_nothing(config: Config, tmp_path: Path) -> None:
    (tmp_path / "mine.tar").write_bytes(b"holiday pictures")
    with pytest.raises(DamagedFile):
        restore(config, tmp_path / "mine.tar")
    assert has_room(config.data, ROOM)
    assert not (config.data / "restore-pending").exists()
