"""Owners are opened once however many ask. Crashes and refusals: tests/hathor_rt/rooms/test_directory.py."""

import pytest
import trio

from hathor_rt.documents.directory import TRIES_TO_OPEN, OwnerDirectory
from hathor_rt.refusals import Overloaded
from sync.refusal import UnknownDocument
from sync.wire.frames import Ending


class Lamp:
    """An owner that serves until it is switched off."""

    def __init__(self) -> None:
        self.off = trio.Event()
        self.closed = trio.Event()

    async def run(self) -> None:
        await self.off.wait()
        self.closed.set()

    def dismiss(self, ending: Ending) -> None:
        raise AssertionError("nobody is here")


class Lamps:
    def __init__(self) -> None:
        self.loaded: list[str] = []

    async def load(self, name: str) -> Lamp:
        await trio.lowlevel.checkpoint()
        if name == "none":
            raise UnknownDocument("no lamp")
        self.loaded.append(name)
        return Lamp()


async def test_many_who_ask_at_once_get_the_same(nursery: trio.Nursery) -> None:
    lamps = Lamps()
    directory = OwnerDirectory[str, Lamp](nursery, lamps.load, "lamp")
    found: list[Lamp] = []

    async def ask() -> None:
        found.append(await directory.open("desk"))

    async with trio.open_nursery() as asking:
        for _ in range(5):
            asking.start_soon(ask)
        assert await directory.present("desk") is None  # nobody has asked yet
    assert lamps.loaded == ["desk"]
    assert len({id(each) for each in found}) == 1
    assert directory.all_open() == (directory.find("desk"),)
    assert await directory.present("desk") is found[0]
    with pytest.raises(UnknownDocument):
        await directory.open("none")


async def test_what_closes_just_then_is_opened_again_a_few_times(nursery: trio.Nursery) -> None:
    lamps = Lamps()
    directory = OwnerDirectory[str, Lamp](nursery, lamps.load, "lamp")

    async def too_late(lamp: Lamp) -> None:
        lamp.off.set()
        await trio.testing.wait_all_tasks_blocked()
        raise trio.BrokenResourceError

    with pytest.raises(Overloaded):
        await directory.in_open("desk", too_late)
    assert len(lamps.loaded) == TRIES_TO_OPEN
