import trio
import trio.testing

from hathor_rt.headless.prober import UNKNOWN_ERROR, Prober
from sync.units import Micros
from sync.wire.frames import Probe, ProbeReply

AHEAD = 5_000_000_000


def now() -> Micros:
    return Micros(round(trio.current_time() * 1e6))


class Echo:
    """A server whose clock is `AHEAD` of ours; each way takes `way` seconds."""

    def __init__(self, prober: Prober, nursery: trio.Nursery, way: float = 0.01) -> None:
        self.probes: list[float] = []
        self.is_alive = True
        self._prober = prober
        self._nursery = nursery
        self._way = way

    async def send(self, probe: Probe) -> None:
        self.probes.append(trio.current_time())
        if self.is_alive:
            self._nursery.start_soon(self._answer, probe)

    async def _answer(self, probe: Probe) -> None:
        await trio.sleep(self._way)
        there = now() + AHEAD
        await trio.sleep(self._way)
        self._prober.answered(ProbeReply(probe.seq, probe.sent, there, there), now())


async def test_it_learns_the_rooms_clock_with_a_certified_error(autojump_clock: trio.testing.MockClock) -> None:
    prober = Prober(now, seed=1)
    assert not prober.is_known
    assert prober.error() == UNKNOWN_ERROR
    async with trio.open_nursery() as nursery:
        echo = Echo(prober, nursery)
        prober.begin("p")
        nursery.start_soon(prober.run, echo.send)
        await trio.sleep(1)
        assert len(echo.probes) >= 12
        assert abs(prober.to_room(now()) - now() - AHEAD) <= prober.error() < 11_000
        assert abs(prober.to_local(prober.to_room(now())) - now()) <= 1
        assert abs(prober.round_trip - 20_000) <= 10
        nursery.cancel_scope.cancel()


async def test_while_nothing_plays_it_asks_seldom_and_hurries_when_something_does(
    autojump_clock: trio.testing.MockClock,
) -> None:
    prober = Prober(now, seed=1)
    async with trio.open_nursery() as nursery:
        echo = Echo(prober, nursery)
        prober.begin("p")
        prober.set_playing(False)
        nursery.start_soon(prober.run, echo.send)
        # The burst that learns the drift takes 53 s.
        await trio.sleep(70)
        resting = len(echo.probes)
        await trio.sleep(60)
        rests = len(echo.probes) - resting
        prober.set_playing(True)
        await trio.sleep(60)
        assert rests <= 16
        assert len(echo.probes) - resting - rests >= 24
        nursery.cancel_scope.cancel()


async def test_it_gives_the_link_up_when_nothing_comes_back(autojump_clock: trio.testing.MockClock) -> None:
    prober = Prober(now, seed=1)
    async with trio.open_nursery() as nursery:
        echo = Echo(prober, nursery)
        echo.is_alive = False
        prober.begin("p")
        with trio.fail_after(30):
            await prober.run(echo.send)


async def test_a_new_timebase_makes_it_forget_and_an_old_reply_counts_for_nothing(
    autojump_clock: trio.testing.MockClock,
) -> None:
    prober = Prober(now, seed=1)
    async with trio.open_nursery() as nursery:
        echo = Echo(prober, nursery, way=0.2)
        prober.begin("p")
        nursery.start_soon(prober.run, echo.send)
        await trio.sleep(1)
        assert prober.error() < UNKNOWN_ERROR
        echo.is_alive = False
        prober.begin("q")
        assert prober.epoch == "q"
        await trio.sleep(1)
        assert not prober.is_known
        nursery.cancel_scope.cancel()


async def test_a_reply_nobody_asked_for_is_ignored(autojump_clock: trio.testing.MockClock) -> None:
    prober = Prober(now, seed=1)
    prober.begin("p")
    prober.answered(ProbeReply(99, 0, 1, 1), now())
    assert not prober.is_known
