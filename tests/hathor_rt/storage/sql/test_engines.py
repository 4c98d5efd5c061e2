from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hathor_rt.refusals import BadSetting
from hathor_rt.storage.sql.engines import connect, database_url


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("", "sqlite:////data/hathor.db"),
        ("sqlite:///other.db", "sqlite:///other.db"),
        ("postgresql://me@host/name", "postgresql+psycopg://me@host/name"),
        ("postgresql+psycopg2://me@host/name", "postgresql+psycopg://me@host/name"),
        ("postgres://me@host/name", "postgresql+psycopg://me@host/name"),
    ],
)
def test_a_setting_names_a_database(setting: str, expected: str) -> None:
    assert database_url(setting, Path("/data")).render_as_string() == expected


@pytest.mark.parametrize("setting", ["nonsense", "sqlite://", "sqlite:///:memory:", "mysql://host/name", "://"])
def test_other_databases_are_refused(setting: str) -> None:
    with pytest.raises(BadSetting):
        database_url(setting, Path("/data"))


def test_sqlite_is_durable_and_checks_references(tmp_path: Path) -> None:
    engines = connect(database_url("", tmp_path))
    for engine in (engines.writer, engines.reader):
        with engine.begin() as connection:
            told = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        # 2 is FULL.
        assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5_000}
    engines.dispose()


def test_readers_cannot_write(tmp_path: Path) -> None:
    engines = connect(database_url("", tmp_path))
    with pytest.raises(DBAPIError, match="readonly"), engines.reader.begin() as connection:
        connection.execute(text("CREATE TABLE things (name TEXT)"))
    engines.dispose()


def test_a_reader_does_not_wait_for_the_writer(tmp_path: Path) -> None:
    engines = connect(database_url("", tmp_path))
    with engines.writer.begin() as connection:
        connection.execute(text("CREATE TABLE things (name TEXT)"))
    with engines.writer.begin() as writing, engines.reader.begin() as reading:
        writing.execute(text("INSERT INTO things VALUES ('new')"))
        assert reading.execute(text("SELECT count(*) FROM things")).scalar() == 0
    engines.dispose()


@pytest.mark.slow
def test_postgresql_ends_what_takes_too_long(postgresql_url: str, tmp_path: Path) -> None:
    engines = connect(database_url(postgresql_url, tmp_path))
    with engines.reader.begin() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar() == "10s"
        assert connection.execute(text("SHOW lock_timeout")).scalar() == "5s"
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    engines.dispose()
