from pathlib import Path

import pytest

from hathor_rt.refusals import StorageDown
from hathor_rt.storage.memory.opening import open_memory
from tests.fakes.storage import faulty
from tests.fakes.website import Website, running_website


async def test_a_living_process_says_so_to_anyone(site: Website) -> None:
    answer = await site.request("GET", "/healthz", Host="whatever.example")
    assert (answer.status, answer.json()) == (200, {"ok": True})


async def test_it_is_ready_when_storage_answers_and_workers_run(site: Website) -> None:
    assert (await site.request("GET", "/readyz")).json() == {"ok": True}
    site.are_workers_ready = False
    answer = await site.request("GET", "/readyz")
    assert (answer.status, answer.json()) == (503, {"ok": False, "missing": ["workers"]})


async def test_storage_that_is_down_is_named(tmp_path: Path) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_website(tmp_path, storage=storage) as site:
        faults.fail_next(StorageDown("it does not answer"), "rooms.get")
        answer = await site.request("GET", "/readyz")
        assert (answer.status, answer.json()) == (503, {"ok": False, "missing": ["storage"]})
        assert (await site.request("GET", "/readyz")).status == 200


@pytest.mark.slow
async def test_storage_that_hangs_is_as_good_as_down(tmp_path: Path) -> None:
    storage, faults = faulty(open_memory(seed=1))
    async with running_website(tmp_path, storage=storage) as site:
        faults.delay_seconds = 30
        assert (await site.request("GET", "/readyz")).status == 503
        faults.delay_seconds = 0
