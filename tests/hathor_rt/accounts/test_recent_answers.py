"""Answers are shared and kept for a second; what changed meanwhile is asked anew."""

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from hathor_rt.accounts.recent_answers import RecentAnswers
from hathor_rt.refusals import StorageDown
from tests.fakes.rooms_world import VirtualTimebase


class Storage:
    """Answers what it holds at the instant of the question, a while later."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {"a": "first"}
        self.asked = 0
        self.is_down = False

    async def ask(self, key: str) -> str | None:
        self.asked += 1
        read = self.held.get(key)
        await trio.sleep(0.1)
        if self.is_down:
            raise StorageDown("the disk is gone")
        return read


class Crowd:
    """Many who want the same."""

    def __init__(self, storage: Storage) -> None:
        self.answers = RecentAnswers(storage.ask, VirtualTimebase())
        self.told: list[str | None] = []

    async def ask(self) -> None:
        self.told.append(await self.answers.get("a"))


async def test_a_crowd_asks_once(autojump_clock: MockClock) -> None:
    storage = Storage()
    crowd = Crowd(storage)
    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(crowd.ask)
    assert (crowd.told, storage.asked) == (["first"] * 100, 1)


async def test_an_answer_is_believed_for_a_second_since_it_was_asked_for(autojump_clock: MockClock) -> None:
    storage = Storage()
    answers = RecentAnswers(storage.ask, VirtualTimebase())
    await answers.get("a")
    storage.held["a"] = "second"
    await trio.sleep(0.85)
    assert await answers.get("a") == "first"
    await trio.sleep(0.1)
    assert await answers.get("a") == "second"


async def test_what_was_forgotten_while_it_was_asked_for_is_asked_again_by_all(autojump_clock: MockClock) -> None:
    storage = Storage()
    crowd = Crowd(storage)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(crowd.ask)
        nursery.start_soon(crowd.ask)
        await trio.testing.wait_all_tasks_blocked()
        storage.held["a"] = "second"
        crowd.answers.forget("a")
    assert crowd.told == ["second", "second"]


async def test_nothing_is_kept_of_what_there_is_not(autojump_clock: MockClock) -> None:
    storage = Storage()
    answers = RecentAnswers(storage.ask, VirtualTimebase())
    assert await answers.get("nobody") is None
    assert len(answers) == 0
    storage.held["nobody"] = "somebody"
    assert await answers.get("nobody") == "somebody"


async def test_a_refusal_is_everybodys_own(autojump_clock: MockClock) -> None:
    storage = Storage()
    answers = RecentAnswers(storage.ask, VirtualTimebase())
    storage.is_down = True
    refused: list[StorageDown] = []

    async def one() -> None:
        with pytest.raises(StorageDown) as caught:
            await answers.get("a")
        refused.append(caught.value)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one)
        nursery.start_soon(one)
    assert (len(refused), storage.asked) == (2, 2)
    storage.is_down = False
    assert await answers.get("a") == "first"


async def test_who_waits_goes_on_when_the_one_who_asked_is_gone(autojump_clock: MockClock) -> None:
    crowd = Crowd(Storage())

    async def leaving() -> None:
        with trio.move_on_after(0.05):
            await crowd.ask()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(leaving)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(crowd.ask)
    assert crowd.told == ["first"]


async def test_what_others_learn_replaces_what_is_older_and_nothing_else(autojump_clock: MockClock) -> None:
    storage, timebase = Storage(), VirtualTimebase()
    answers = RecentAnswers(storage.ask, timebase)
    long_ago = timebase.now()
    answers.learn("a", "never wanted", long_ago)
    assert len(answers) == 0
    await trio.sleep(0.5)
    await answers.get("a")
    answers.learn("a", "too old", long_ago)
    assert await answers.get("a") == "first"
    answers.learn("a", "newer", timebase.now())
    assert await answers.get("a") == "newer"
    answers.learn("a", None, timebase.now())
    assert (len(answers), await answers.get("a"), storage.asked) == (0, "first", 2)
