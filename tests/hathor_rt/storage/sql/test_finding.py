from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from hathor_rt.storage.sql.engines import connect
from hathor_rt.storage.sql.finding import hits
from hathor_rt.storage.sql.opening import open_sql
from tests.conformance.postgresql_cluster import empty_tables
from tests.conformance.records import track
from tests.conformance.tracks_suite import SearchSuite


class TestFinding(SearchSuite):
    pass


@pytest.mark.slow
async def test_postgresql_uses_its_index(postgresql_url: str, tmp_path: Path) -> None:
    empty_tables(postgresql_url)
    async with open_sql(postgresql_url, tmp_path) as storage:
        await storage.tracks.save_scanned([track(f"t{number}", title=f"word{number}") for number in range(2_000)], [])
    engines = connect(make_url(postgresql_url))
    with engines.reader.begin() as connection:
        connection.execute(text("ANALYZE tracks"))
        # So small a table is read whole otherwise.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_indexscan = off"))
        statement = hits(connection, "word77", limit=10, offset=0)
        compiled = statement.compile(connection, compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[0] for row in connection.execute(text(f"EXPLAIN {compiled}")))
    engines.dispose()
    assert "ix_tracks_full_text" in plan
