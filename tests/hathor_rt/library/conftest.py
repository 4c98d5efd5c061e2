from pathlib import Path

import pytest

from tests.fakes.shelves import Shelves, open_shelves


@pytest.fixture
async def shelves(tmp_path: Path) -> Shelves:
    return await open_shelves(tmp_path)
