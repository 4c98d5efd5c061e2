from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from hathor_rt.storage.sql.engines import Engines, connect, database_url
from tests.hathor_rt.storage.sql.writer.notes import notes


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Engines]:
    opened = connect(database_url("", tmp_path))
    with opened.writer.begin() as connection:
        notes.create(connection)
    yield opened
    opened.dispose()


@pytest.fixture
def commits(engines: Engines) -> list[int]:
    """Grows by one with every commit."""
    seen: list[int] = []
    event.listen(engines.writer, "commit", lambda _connection: seen.append(1))
    return seen
