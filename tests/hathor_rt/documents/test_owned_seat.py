"""Seats at standalone documents. What their owner makes of it: test_document_owner.py."""

import trio
from trio.testing import MockClock

from hathor_rt.documents.inbox import INBOX_BOUND, Inbox
from hathor_rt.documents.owned_seat import Edits, Goodbye, Item, Opening, OwnedSeat
from hathor_rt.ids import ConnectionId

ANN = ConnectionId("cann")


class Owner:
    def __init__(self) -> None:
        self.inbox = Inbox[Item]()
        self.told: list[str] = []
        self.seat = OwnedSeat(
            ANN, self.inbox.put, lambda: self.told.append("readable"), lambda: self.told.append("gone")
        )


async def test_what_is_asked_lies_in_the_inbox_in_order() -> None:
    owner = Owner()
    await owner.seat.open(b"sv")
    await owner.seat.edit([b"u1", b"u2"])
    owner.seat.readable()
    await owner.seat.leave()
    await owner.seat.leave()
    batch = await owner.inbox.batch(within_seconds=0, most=10)
    assert batch == [Opening(ANN, b"sv"), Edits(ANN, [b"u1", b"u2"]), Goodbye(ANN)]
    assert owner.told == ["readable"]


async def test_a_goodbye_gets_past_a_full_inbox(autojump_clock: MockClock) -> None:
    owner = Owner()
    for _ in range(INBOX_BOUND):
        await owner.inbox.put(Opening(ANN, b""))
    with trio.CancelScope() as scope:
        scope.cancel()
        await owner.seat.leave()
    assert owner.told == ["gone"]
    assert trio.current_time() == 1


async def test_a_seat_of_a_closed_document_does_nothing() -> None:
    owner = Owner()
    owner.inbox.close()
    await owner.seat.edit([b"u"])
    await owner.seat.leave()
    assert owner.told == []
