"""A peer that idles, falls silent, stops reading, or says nothing at length."""

from typing import cast

import pytest

from hathor_rt.config import Config
from sync.units import Micros
from web.realtime.fanout import FanoutStream
from web.realtime.framing import PING_FRAME
from web.realtime.meters import Budget, Meter
from web.realtime.signs_of_life import SILENT_HEARTBEATS, SignsOfLife

SECOND = 1_000_000
HEARTBEAT = Micros(15 * SECOND)
STALE_AFTER = Micros(30 * SECOND)


class Peer:
    """A stream as far as it is looked at, and what came of looking."""

    def __init__(self) -> None:
        self.read_at = self.progress_at = Micros(0)
        self.read_bytes = 0
        self.is_waiting = False
        self.happened: list[bytes | str] = []
        # The instant of trio's clock does not matter where nothing but noise is told by it.
        meter = Meter(Budget.of(Config()), 0.0)
        self._signs = SignsOfLife(cast("FanoutStream", self), meter, HEARTBEAT, Micros(0))

    def queue(self, frame: bytes) -> bool:
        self.happened.append(frame)
        return True

    def look(self, seconds: float) -> list[bytes | str]:
        """What happened so far, this look included."""
        self._signs.look(
            Micros(round(seconds * SECOND)),
            stale_after=STALE_AFTER,
            end=lambda ending: self.happened.append(ending.code),
            dismiss=self.happened.append,
        )
        return self.happened


async def test_who_says_something_is_left_alone() -> None:
    peer = Peer()
    for second in range(100):
        peer.read_at, peer.read_bytes = Micros(second * SECOND), second
        assert peer.look(second + 1) == []


async def test_the_idle_are_pinged_once_a_heartbeat_and_given_up_after_three() -> None:
    peer = Peer()
    pings = [len(peer.look(second)) for second in range(46)]
    assert [second for second in range(1, 46) if pings[second] > pings[second - 1]] == [15, 30, 45]
    assert peer.happened == [PING_FRAME] * SILENT_HEARTBEATS
    assert peer.look(45.1)[-1] == "silent"


async def test_who_takes_what_waits_is_given_time_and_who_does_not_is_dropped() -> None:
    peer = Peer()
    peer.is_waiting = True
    for second in range(0, 100, 20):
        peer.progress_at = Micros(second * SECOND)
        assert peer.look(second + 20) == []
    assert peer.look(110) == []
    assert peer.look(111) == ["does not read"]


@pytest.mark.parametrize("read_at", [0, 5 * SECOND])
async def test_bytes_that_are_no_messages_end_it_whether_they_came_now_or_before(read_at: int) -> None:
    peer = Peer()
    assert peer.look(1) == []
    peer.read_at, peer.read_bytes = Micros(read_at), 10**12
    assert peer.look(5) == ["too-many"]
