from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hathor_rt.storage.ports import Storage
from hathor_rt.storage.sql.opening import open_sql
from tests.conformance.postgresql_cluster import empty_tables, running_cluster


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with running_cluster() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hathor.db"
    url = request.getfixturevalue("postgresql_url")
    assert isinstance(url, str)
    empty_tables(url)
    return url


@pytest.fixture
async def storage(database_url: str, tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_sql(database_url, tmp_path) as opened:
        yield opened
