from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.website import Website, running_website


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Website]:
    """The web side with default settings."""
    async with running_website(tmp_path) as running:
        yield running
