"""Opens and closes one document or room again and again, in all ways, and prints by how many megabytes memory grew.

``python -m tests.peer_defects.coming_and_going documents|rooms 1000``. A process of its own: what is leaked inside the document
engine shows in its resident memory only, and what crashes there ends it.
"""

import ctypes
import gc
import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
import trio
from pycrdt import Array, Doc
from trio.testing import MockClock

from hathor_rt.documents.ports import Visitor
from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId
from hathor_rt.refusals import StorageDown
from hathor_rt.storage.memory.opening import open_memory
from sync.wire.frames import Changed, Opened
from tests.fakes.documents import standalone_documents
from tests.fakes.room_page import enter
from tests.fakes.rooms_world import RememberingOutlet
from tests.fakes.running_rooms import running_rooms
from tests.fakes.storage import faulty

NAME = DocumentName("scratch:s1")
# Content of the document: each one that is leaked is seen.
KILOBYTES = 30
WARM_UP = 60


# Free memory is given back before looking: its fragments grow too, and are no leak.
_LIBC = ctypes.CDLL("libc.so.6")


def resident_megabytes() -> float:
    gc.collect()
    _LIBC.malloc_trim(0)
    lines = Path("/proc/self/status").read_text().splitlines()
    [kilobytes] = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
    return kilobytes / 1024


async def grown(cycle: Callable[[int], Awaitable[None]], count: int) -> float:
    for number in range(WARM_UP):
        await cycle(number)
    before = resident_megabytes()
    for number in range(WARM_UP, WARM_UP + count):
        await cycle(number)
    return resident_megabytes() - before


async def documents(count: int) -> float:
    """Every third time the owner dies within a commit."""
    storage, faults = faulty(open_memory(seed=1))
    doc: Doc[Array[str]] = Doc(client_id=7)

    def made(text: str) -> bytes:
        before = doc.get_state()
        doc.get("a", type=Array).append(text)
        return doc.get_update(before)

    async with standalone_documents(storage) as desk:

        async def cycle(number: int) -> None:
            outlet = RememberingOutlet(f"c{number}")
            visitor = Visitor(ConnectionId(f"c{number}"), PrincipalId("ann"), DeviceId("d"), "Ann")
            seat = await desk.documents.follow(NAME, visitor, outlet, "editor")
            await seat.open(b"")
            await outlet.wait_for(Opened)
            if number == 0:
                await seat.edit([made("x" * 1000) for _ in range(KILOBYTES)])
                await outlet.wait_for(Changed)
            if number % 3 == 2:
                faults.fail_next(StorageDown("away"), "documents.append")
                lost: Doc[Array[str]] = Doc(client_id=7)
                lost.apply_update(doc.get_update())
                before = lost.get_state()
                lost.get("a", type=Array).append("never kept")
                await seat.edit([lost.get_update(before)])
                while not outlet.endings:
                    await trio.sleep(0.01)
            else:
                await seat.leave()
                faults.calls.clear()
                await trio.sleep(61)

        return await grown(cycle, count)


async def rooms(count: int) -> float:
    """The room closes when it was empty for a minute; every third time it dies within a commit."""
    storage, faults = faulty(open_memory(seed=1))
    async with running_rooms(storage=storage) as world:
        record, invite = await world.rooms.create(PrincipalId("hana"), "Friday")

        async def cycle(number: int) -> None:
            page = await enter(world, record.room, "ann", invite.token, f"c{number}")
            await page.open()
            if number == 0:
                for each in range(200):
                    await page.add(f"e{each}")
            if number % 3 == 2:
                faults.fail_next(StorageDown("away"), "documents.append")
                await page.add(f"f{number}")
                while not page.outlet.endings:
                    await trio.sleep(0.01)
            else:
                await page.seat.leave()
                faults.calls.clear()
                await trio.sleep(61)

        return await grown(cycle, count)


def main() -> None:
    """Command line."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    what = {"documents": documents, "rooms": rooms}[sys.argv[1]]
    print(trio.run(what, int(sys.argv[2]), clock=MockClock(autojump_threshold=0)))


if __name__ == "__main__":
    main()
