import pytest

from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage


@pytest.fixture
def storage() -> Storage:
    return open_memory()
