"""A seat: what it hands to the room, and how it is given up."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.ids import ConnectionId, DocumentName, RoomId
from hathor_rt.refusals import StorageDown
from hathor_rt.rooms.events import Departed, Event, Opening, SoundChanged, Submitted
from hathor_rt.rooms.seat import RoomSeat
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Storage
from sync.wire.frames import Command, Open, Pause
from tests.fakes.running_rooms import visitor
from tests.fakes.storage import faulty

QUEUE = DocumentName("queue:r1")


class Inbox:
    """What a seat put, and what it was told otherwise. `closed`: raise that instead."""

    def __init__(self, closed: Exception | None = None, *, is_stuck: bool = False) -> None:
        self.events: list[Event] = []
        self.calls: list[str] = []
        self._closed, self._is_stuck = closed, is_stuck

    async def put(self, event: Event) -> None:
        await trio.lowlevel.checkpoint()
        if self._closed is not None:
            raise self._closed
        if self._is_stuck:
            await trio.sleep_forever()
        self.events.append(event)

    def call(self, name: str) -> Callable[[], None]:
        return lambda: self.calls.append(name)


def seat(inbox: Inbox, storage: Storage | None = None) -> RoomSeat:
    put: Callable[[Event], Awaitable[None]] = inbox.put
    documents = (storage or open_memory(seed=1)).documents
    return RoomSeat(RoomId("r1"), visitor("ann"), put, documents, inbox.call("readable"), inbox.call("gone"))


async def test_frames_are_handed_over_under_the_connection_of_the_seat() -> None:
    inbox = Inbox()
    place = seat(inbox)
    await place.deliver(Command("r1", 1, Pause()))
    await place.set_sound(sound=True)
    place.readable()
    assert inbox.events == [
        Submitted(visitor("ann").connection, Command("r1", 1, Pause())),
        SoundChanged(ConnectionId("cann"), True),
    ]
    assert inbox.calls == ["readable"]


async def test_a_new_replica_gets_an_id_of_its_own_and_may_resend_under_the_former_ones() -> None:
    inbox = Inbox()
    place = seat(inbox)
    await place.deliver(Open(QUEUE))
    await place.deliver(Open(QUEUE))
    first, second = inbox.events
    assert isinstance(first, Opening)
    assert isinstance(second, Opening)
    assert first.client_id != second.client_id
    assert second.client_ids == {first.client_id, second.client_id}


async def test_a_replica_that_has_an_id_keeps_it_and_nobody_elses() -> None:
    inbox, storage = Inbox(), open_memory(seed=1)
    foreign = await storage.documents.issue_client_id(QUEUE, visitor("bob").principal, visitor("bob").device)
    own = await storage.documents.issue_client_id(QUEUE, visitor("ann").principal, visitor("ann").device)
    place = seat(inbox, storage)
    await place.deliver(Open(QUEUE, client_id=own))
    await place.deliver(Open(QUEUE, client_id=foreign))
    kept, other = inbox.events
    assert isinstance(kept, Opening)
    assert isinstance(other, Opening)
    assert kept.client_id == own
    assert other.client_id not in (own, foreign)


@pytest.mark.parametrize("document", ["playback:r1", "queue:r2", "playlist:r1", "nothing", "queue:"])
async def test_no_id_is_kept_where_nobody_here_may_write(document: str) -> None:
    storage, faults = faulty(open_memory(seed=1))
    inbox = Inbox()
    await seat(inbox, storage).deliver(Open(document))
    assert inbox.events == [Opening(ConnectionId("cann"), Open(document), 0, frozenset())]
    assert [call for call in faults.calls if "client_id" in call] == []


async def test_ids_are_looked_up_before_the_room_hears_of_the_frame() -> None:
    storage, faults = faulty(open_memory())
    inbox = Inbox()
    faults.fail_next(StorageDown("the disk sleeps"), "documents.resume_client_id")
    with pytest.raises(StorageDown):
        await seat(inbox, storage).deliver(Open(QUEUE))
    assert inbox.events == []


@pytest.mark.parametrize("closed", [trio.ClosedResourceError(), trio.BrokenResourceError()])
async def test_in_a_closed_room_nothing_happens(closed: Exception) -> None:
    inbox = Inbox(closed)
    place = seat(inbox)
    await place.deliver(Command("r1", 1, Pause()))
    await place.deliver(Open(QUEUE))
    await place.set_sound(sound=True)
    await place.leave()
    assert inbox.events == []
    assert inbox.calls == []


async def test_leaving_twice_is_leaving_once() -> None:
    inbox = Inbox()
    place = seat(inbox)
    await place.leave()
    await place.leave()
    assert inbox.events == [Departed(visitor("ann").connection)]


async def test_a_cancelled_connection_still_says_goodbye() -> None:
    inbox = Inbox()
    with trio.CancelScope() as scope:
        scope.cancel()
        await seat(inbox).leave()
    assert inbox.events == [Departed(visitor("ann").connection)]


async def test_when_the_inbox_takes_no_goodbye_for_a_second_the_room_is_told_past_it(autojump_clock: MockClock) -> None:
    inbox = Inbox(is_stuck=True)
    started = trio.current_time()
    with trio.CancelScope() as scope:
        scope.cancel()
        await seat(inbox).leave()
    assert trio.current_time() - started == pytest.approx(1)
    assert inbox.calls == ["gone"]
