"""Who sends: frames made beforehand, handed to the socket when they are due."""

import time
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from loadtests.realtime.client import Client
from loadtests.realtime.dialects import Dialect
from loadtests.realtime.frames import client_frame
from loadtests.realtime.updates import MapWriter

ROOT: Final = "load"
# "~", three digits of the writer, ".", nine digits of the number of its value, "~".
STAMP_SIZE: Final = 15


def stamp(writer: int, number: int) -> bytes:
    """What a value begins with."""
    return b"~%03d.%09d~" % (writer, number)


@dataclass(frozen=True, slots=True)
class Burst:
    """Values `first` up to, but not including, `end` were handed to the socket together `at` (`time.perf_counter`)."""

    first: int
    end: int
    at: float


class Writer:
    """A client that sets its own key at a rate.

    What is due while the socket takes nothing is left out, as an application would that sets the newest value when it
    can: it counts as offered, never as sent.

    Args:
        client: Through whose socket.
        number: Which writer it is; its key's name.
        value_bytes: Length of every value, at least `STAMP_SIZE`.
    """

    def __init__(self, client: Client, number: int, dialect: Dialect, document: str, value_bytes: int) -> None:
        self.client = client
        self.number = number
        self.next = 0
        self.bursts: list[Burst] = []
        self.left_out = 0
        self._first = 0
        self._map = MapWriter(0x5000_0000 + number, ROOT, f"w{number:03d}")
        self._dialect = dialect
        self._document = document
        self._padding = b"x" * (value_bytes - STAMP_SIZE)
        self._blob = memoryview(b"")
        self._offsets = [0]

    @property
    def key(self) -> str:
        """Which key of the map it sets."""
        return f"w{self.number:03d}"

    @property
    def newest_value(self) -> bytes:
        """The value that was handed over last."""
        return self._value(self.next - 1)

    @property
    def value_after_next(self) -> bytes:
        """The value that will be handed over next."""
        return self._value(self.next)

    def prepare(self, count: int) -> None:
        """Make the next `count` frames. Unsent ones of an earlier preparation must not exist."""
        assert self.next - self._first == len(self._offsets) - 1, "frames of the last run were not sent"
        values = (self._value(number) for number in range(self.next, self.next + count))
        frames = [client_frame(self._dialect.edit(self._document, update)) for update in self._map.sets(values)]
        self._first = self.next
        self._offsets = [0, *accumulate(map(len, frames))]
        self._blob = memoryview(b"".join(frames))
        self.bursts = []
        self.left_out = 0

    def send_until(self, slots: int) -> None:
        """Hand over what is due, `slots` being how many values should have been sent or left out since `prepare`."""
        if self.client.is_blocked and not self.client.send_on():
            self.left_out = max(self.left_out, slots - (self.next - self._first))
            return
        first = self.next
        due = min(slots - self.left_out, len(self._offsets) - 1) - (first - self._first)
        if due > 0:
            self.bursts.append(Burst(first, first + due, time.perf_counter()))
            self.next += due
            self.client.send(self._blob[self._offsets[first - self._first] : self._offsets[first - self._first + due]])

    def give_up_the_rest(self) -> None:
        """The run is over: frames that were not sent will never be; the clock goes back to what was."""
        self._offsets = self._offsets[: self.next - self._first + 1]
        self._map.clock = self.next

    def _value(self, number: int) -> bytes:
        return stamp(self.number, number) + self._padding
