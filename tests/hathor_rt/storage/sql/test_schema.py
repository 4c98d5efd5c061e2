import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, inspect, make_url, text

from hathor_rt.refusals import NewerData
from hathor_rt.storage.sql import schema
from hathor_rt.storage.sql.engines import Engines, connect
from hathor_rt.storage.sql.revisions import NEWEST
from hathor_rt.storage.sql.schema import bring_up_to_date, migrate, schema_version
from hathor_rt.storage.sql.tables import metadata
from tests.conformance.postgresql_cluster import empty


@pytest.fixture
def url(tmp_path: Path) -> URL:
    return make_url(f"sqlite:///{tmp_path}/hathor.db")


@pytest.fixture
def engines(url: URL) -> Iterator[Engines]:
    opened = connect(url)
    yield opened
    opened.dispose()


def _version(engines: Engines) -> str | None:
    with engines.reader.begin() as connection:
        return schema_version(connection)


def _set_version(engines: Engines, version: str) -> None:
    with engines.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def _definitions(path: str) -> dict[str, list[str]]:
    """Everything SQLite knows of a schema, by what stands between line breaks and before added columns, in any order."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: sorted(part.strip().rstrip(",") for part in re.split(r"\n|, (?=\w+ [A-Z]+)", sql)) for name, sql in rows
    }


def test_a_new_database_gets_all_tables_at_the_newest_version(engines: Engines, url: URL) -> None:
    assert _version(engines) is None
    bring_up_to_date(engines, url)
    assert _version(engines) == NEWEST
    with engines.reader.begin() as connection:
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())
    bring_up_to_date(engines, url)


def test_migrations_and_tables_give_the_same_sqlite_schema(engines: Engines, url: URL, tmp_path: Path) -> None:
    bring_up_to_date(engines, url)
    migrated = connect(make_url(f"sqlite:///{tmp_path}/migrated.db"))
    with migrated.writer.begin() as connection:
        migrate(connection)
    migrated.dispose()
    assert _definitions(f"{tmp_path}/migrated.db") == _definitions(f"{tmp_path}/hathor.db")


@pytest.mark.slow
def test_migrations_and_tables_give_the_same_postgresql_schema(postgresql_url: str) -> None:
    columns = text(
        "SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name FROM"
        " information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    )
    indexes = text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname")
    keys = text(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype IN ('f', 'u', 'p') ORDER BY conname"
    )
    found = []
    url = make_url(postgresql_url)
    for is_migrated in (True, False):
        empty(postgresql_url)
        engines = connect(url)
        if is_migrated:
            with engines.writer.begin() as connection:
                migrate(connection)
                differences = compare_metadata(MigrationContext.configure(connection), metadata)
                # The full-text index stands in no Table; it is compared below.
                assert [(kind, item.name) for kind, item in differences] == [("remove_index", "ix_tracks_full_text")]
        else:
            bring_up_to_date(engines, url)
        with engines.reader.begin() as connection:
            found.append([connection.execute(query).all() for query in (columns, indexes, keys)])
        engines.dispose()
    assert found[0] == found[1]


def test_data_of_a_newer_version_is_left_alone(engines: Engines, url: URL, tmp_path: Path) -> None:
    bring_up_to_date(engines, url)
    _set_version(engines, "9999")
    engines.dispose()
    before = (tmp_path / "hathor.db").read_bytes()
    again = connect(url)
    with pytest.raises(NewerData):
        bring_up_to_date(again, url)
    again.dispose()
    assert (tmp_path / "hathor.db").read_bytes() == before
    assert [path.name for path in tmp_path.glob("*.db")] == ["hathor.db"]


def test_an_old_database_is_backed_up_before_it_is_migrated(
    engines: Engines, url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up_to_date(engines, url)
    with engines.writer.begin() as connection:
        connection.execute(text("INSERT INTO secrets VALUES ('name', x'00')"))
    # There is one version so far, so an older one is made up; Alembic is asked to go where it knows no way.
    _set_version(engines, "0000")
    monkeypatch.setattr(schema, "REVISIONS", ("0000", NEWEST))
    for number in (1, 2):
        with pytest.raises(Exception, match="0000"):
            bring_up_to_date(engines, url)
        copy = tmp_path / f"hathor-before-{NEWEST}-{number}.db"
        with closing(sqlite3.connect(copy)) as connection_to_copy:
            assert connection_to_copy.execute("SELECT name FROM secrets").fetchall() == [("name",)]
    # The failed migration changed nothing.
    assert _version(engines) == "0000"
