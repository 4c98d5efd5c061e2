from hathor_rt.storage.memory.opening import open_memory
from tests.conformance.records import ALICE, PHONE, QUEUE


async def _draws(seed: int | None) -> tuple[bytes, int]:
    storage = open_memory(seed=seed)
    return await storage.secrets.secret("cookies"), await storage.documents.issue_client_id(QUEUE, ALICE, PHONE)


async def test_a_seed_makes_every_run_the_same() -> None:
    assert await _draws(7) == await _draws(7)
    assert await _draws(7) != await _draws(8)


async def test_without_a_seed_nothing_can_be_guessed() -> None:
    assert await _draws(None) != await _draws(None)
