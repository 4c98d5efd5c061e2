"""What every seat has. What its owner makes of it: test_owner.py."""

import trio
from trio.testing import MockClock

from hathor_rt.documents.inbox import INBOX_BOUND, Inbox
from hathor_rt.documents.place import Place


class Door:
    def __init__(self) -> None:
        self.inbox = Inbox[str]()
        self.told: list[str] = []
        self.place = Place(
            self.inbox.put, "goodbye", lambda: self.told.append("readable"), lambda: self.told.append("gone")
        )


async def test_a_goodbye_is_said_once_and_lies_in_the_inbox() -> None:
    door = Door()
    door.place.readable()
    await door.place.leave()
    await door.place.leave()
    assert await door.inbox.batch(within_seconds=0, most=10) == ["goodbye"]
    assert door.told == ["readable"]


async def test_a_goodbye_that_finds_no_room_is_told_past_the_inbox_after_a_second(autojump_clock: MockClock) -> None:
    door = Door()
    for number in range(INBOX_BOUND):
        await door.inbox.put(str(number))
    with trio.CancelScope() as scope:
        scope.cancel()
        await door.place.leave()
    assert door.told == ["gone"]
    assert trio.current_time() == 1


async def test_a_place_at_a_closed_owner_says_goodbye_to_nobody() -> None:
    door = Door()
    door.inbox.close()
    await door.place.leave()
    assert door.told == []
