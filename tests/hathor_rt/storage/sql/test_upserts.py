from pathlib import Path

from sqlalchemy import create_mock_engine

from hathor_rt.storage.sql.engines import connect, database_url
from hathor_rt.storage.sql.tables import roots
from hathor_rt.storage.sql.upserts import upsert


def test_sqlite_inserts_or_updates(tmp_path: Path) -> None:
    engines = connect(database_url("", tmp_path))
    with engines.writer.begin() as connection:
        roots.create(connection)
        for _ in range(2):
            insert = upsert(connection, roots).values(root="/music")
            connection.execute(insert.on_conflict_do_nothing(index_elements=["root"]))
        assert connection.scalars(roots.select()).all() == ["/music"]
    engines.dispose()


def test_postgresql_gets_its_own_words() -> None:
    connection = create_mock_engine("postgresql+psycopg://", lambda *_: None)
    statement = upsert(connection, roots).on_conflict_do_nothing(index_elements=["root"])  # type: ignore[arg-type]  # only its dialect is asked
    assert "ON CONFLICT (root) DO NOTHING" in str(statement.compile(dialect=connection.dialect))
