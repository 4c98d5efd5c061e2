"""Plain Yjs clients of a server whose data a backup replaced: what they kept of the former time line stays away."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from pycrdt import Doc, Text
from trio_websocket import ConnectionClosed

from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import DocumentStore, Storage
from sync.wire.yjs import Edited, Step1, step_1, step_2
from tests.fakes.yjs_site import PlainClient, typed, yjs_site

GENERATION = 1_732_098_765


class RestoredDocuments:
    """A store that a backup was put back into."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def generation(self) -> int:
        return GENERATION


def restored() -> Storage:
    storage = open_memory(seed=1)
    return replace(storage, documents=cast("DocumentStore", RestoredDocuments(storage.documents)))


async def words(client: PlainClient) -> str:
    """What the server's document says."""
    await client.send(step_1(b"\x00"))
    doc: Doc[Any] = Doc()
    doc.apply_update((await client.next(Edited)).update)
    await client.next(Step1)
    return str(doc.get("t", type=Text))


@pytest.mark.parametrize("former", ["", "&generation=0", "&generation=1732000000", "&generation=x", "&generation="])
async def test_edits_of_the_former_time_line_do_not_come_back(former: str, tmp_path: Path) -> None:
    async with yjs_site(tmp_path, storage=restored()) as at:
        target = f"/yjs/scratch:s1?token={await at.token()}"
        async with at.client(target + former) as kept:
            with suppress(ConnectionClosed):
                await kept.send(step_1(b"\x00"), step_2(typed("from the former time line")))
            code, reason = await kept.closed()
        assert code == 4412
        assert reason.startswith("restored: ")
        assert reason.endswith(f"generation={GENERATION}")
        async with at.client(f"{target}&generation={GENERATION}") as fresh:
            assert await words(fresh) == ""
            await fresh.send(step_2(typed("anew")))
            await fresh.next(Edited)
            assert await words(fresh) == "anew"


@pytest.mark.parametrize("said", ["", "&generation=0"])
async def test_a_server_that_was_never_restored_needs_no_generation(said: str, tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at, at.client(f"/yjs/scratch:s1?token={await at.token()}{said}") as one:
        assert await words(one) == ""


async def test_a_client_of_a_time_line_that_is_not_here_stays_out(tmp_path: Path) -> None:
    async with yjs_site(tmp_path) as at, at.client(f"/yjs/scratch:s1?token={await at.token()}&generation=7") as one:
        assert (await one.closed())[0] == 4412


async def test_who_has_no_right_does_not_learn_the_generation(tmp_path: Path) -> None:
    async with yjs_site(tmp_path, storage=restored()) as at, at.client("/yjs/scratch:s1?token=x") as one:
        assert (await one.closed())[0] == 4401
