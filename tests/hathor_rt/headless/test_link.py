import time

import pytest
import trio

from hathor_rt.headless.link import ComeBack, Door, Link, pause_before
from hathor_rt.headless.refusals import TurnedAway
from sync.refusal import Refusal
from sync.units import Micros
from sync.wire.endings import ending
from sync.wire.frames import Enter, Entered, FromServer, Open, Opened, Portion, Report, Welcome
from sync.wire.portions import portions
from tests.hathor_rt.headless.scripted_server import Conversation, serving


def now() -> Micros:
    return Micros(time.monotonic_ns() // 1000)


class Listener:
    """A guest that keeps what it was told."""

    def __init__(self) -> None:
        self.welcomes: list[Welcome] = []
        self.frames: list[FromServer] = []
        self.raises: Exception | None = None
        self.link: Link | None = None
        self.opens = ""

    async def welcomed(self, welcome: Welcome) -> None:
        self.welcomes.append(welcome)
        assert self.link is not None
        assert self.link.is_online
        assert await self.link.send(Enter("r1", "", True))
        if self.opens:
            assert await self.link.send(Open(self.opens))

    async def received(self, frame: FromServer, at: Micros) -> None:
        assert abs(now() - at) < 5_000_000
        self.frames.append(frame)
        if self.raises is not None:
            raise self.raises

    async def stay(self) -> None:
        await trio.sleep_forever()


def link_of(door: Door) -> tuple[Link, Listener]:
    listener = Listener()
    link = Link(door, listener, now, "test")
    listener.link = link
    return link, listener


async def turned_away(link: Link) -> TurnedAway:
    with trio.fail_after(20), pytest.raises(TurnedAway) as told:
        await link.run()
    return told.value


async def test_it_greets_enters_and_hands_frames_on() -> None:
    async def script(talk: Conversation) -> None:
        assert talk.cookie == "hathor=me"
        hello = await talk.welcome()
        assert (hello.protocol, hello.software, hello.ticket) == (1, "test", "")
        assert (await talk.next(Enter)).room == "r1"
        await talk.send(Entered("r1", "Friday", "guest", []), ending("kicked", "go"))

    async with serving(script) as door:
        link, listener = link_of(door)
        told = await turned_away(link)
        assert (told.code, told.reason) == ("kicked", "go")
        assert [type(frame) for frame in listener.frames] == [Entered]
        assert not link.is_online


async def test_after_the_last_word_nothing_more_is_sent() -> None:
    async def script(talk: Conversation) -> None:
        await talk.welcome()
        await talk.next(Enter)
        await talk.send(ending("kicked"))
        await talk.until_closed()

    async with serving(script) as door:
        link, listener = link_of(door)
        sent: list[bool] = []

        async def report_all_the_time() -> None:
            while True:
                await trio.lowlevel.checkpoint()
                if listener.welcomes:
                    sent.append(await link.send(Report("r1", "silent", 0, Micros(0), Micros(0), Micros(0), False, "")))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(report_all_the_time)
            assert (await turned_away(link)).code == "kicked"
            nursery.cancel_scope.cancel()
    assert not sent[-1]


async def test_it_comes_back_with_its_ticket_and_enters_anew() -> None:
    async def first(talk: Conversation) -> None:
        await talk.welcome("p")
        await talk.next(Enter)
        await talk.send(ending("going-away", "restarting", Micros(1_000)))

    async def second(talk: Conversation) -> None:
        hello = await talk.welcome("q")
        assert hello.ticket == "ticket-p"
        await talk.next(Enter)
        await talk.send(ending("replaced"))

    async with serving(first, second) as door:
        link, listener = link_of(door)
        assert (await turned_away(link)).code == "replaced"
        assert [welcome.clock_epoch for welcome in listener.welcomes] == ["p", "q"]


async def test_an_upgrade_that_is_refused_for_good_is_final() -> None:
    async with serving() as door:
        link, _ = link_of(door)
        assert (await turned_away(link)).code == "kicked"


@pytest.mark.parametrize("error", [TurnedAway("unknown-room", "gone"), ComeBack(ending("kicked"))])
async def test_what_the_guest_decides_holds(error: Exception) -> None:
    async def script(talk: Conversation) -> None:
        await talk.welcome()
        await talk.send(Entered("r1", "Friday", "guest", []))
        await talk.until_closed()

    async with serving(script) as door:
        link, listener = link_of(door)
        listener.raises = error
        told = await turned_away(link)
        assert told.code == (error.code if isinstance(error, Refusal) else "kicked")


async def test_stopped_it_says_goodbye() -> None:
    codes: list[int] = []

    async def script(talk: Conversation) -> None:
        await talk.welcome()
        codes.append(await talk.until_closed())

    async with serving(script) as door:
        link, listener = link_of(door)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.run)
            with trio.fail_after(10):
                while not listener.welcomes:
                    await trio.sleep(0.005)
            nursery.cancel_scope.cancel()
        with trio.fail_after(5):
            while not codes:
                await trio.sleep(0.005)
    assert codes == [1000]


async def test_a_server_that_is_away_is_asked_again() -> None:
    async with serving() as door:
        pass
    # The port was just given back: nobody listens there.
    link, _ = link_of(door)
    with trio.move_on_after(0.2) as patience:
        await link.run()
    assert patience.cancelled_caught
    assert not link.is_online
    assert not await link.send(Enter("r1", "", True))


def test_pauses_grow_are_scattered_and_never_shorter_than_asked() -> None:
    pauses = [pause_before(failures, Micros(0), 0) for failures in range(1, 12)]
    assert pauses[:4] == [250_000, 500_000, 1_000_000, 2_000_000]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 15_000_000
    assert pause_before(1, Micros(0), 1.0) == 500_000
    assert pause_before(1, Micros(10_000_000), 0.5) == 15_000_000
    assert pause_before(10_000, Micros(0), 0) == 15_000_000


async def test_documents_in_portions_arrive_whole_and_never_across_connections() -> None:
    whole = Opened("queue:r1", 5, bytes(range(256)) * 2000, b"\x00")
    cut: list[FromServer] = list(portions(whole))

    async def breaks_off(talk: Conversation) -> None:
        assert (await talk.welcome()).portions
        await talk.next(Enter)
        await talk.send(*cut[:5], ending("going-away", "", Micros(1)))

    async def goes_on(talk: Conversation) -> None:
        await talk.welcome()
        await talk.next(Enter)
        await talk.next(Open)
        await talk.send(cut[-1], *cut, ending("kicked", "go"))

    async with serving(breaks_off, goes_on) as door:
        link, listener = link_of(door)
        listener.opens = "queue:r1"
        told = await turned_away(link)
        assert (told.code, told.reason) == ("kicked", "go")
        assert listener.frames == [whole]


async def test_a_server_that_leaves_bytes_out_is_left_for_another_attempt() -> None:
    async def script(talk: Conversation) -> None:
        await talk.welcome()
        await talk.next(Enter)
        await talk.send(Portion("queue:r1", 7, 100, b"x"))
        await talk.until_closed()

    async def ends(talk: Conversation) -> None:
        await talk.welcome()
        await talk.send(ending("kicked", "go"))

    async with serving(script, ends) as door:
        link, listener = link_of(door)
        assert (await turned_away(link)).code == "kicked"
        assert len(listener.welcomes) == 2
