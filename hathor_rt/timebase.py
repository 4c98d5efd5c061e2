"""The clock of rooms: monotonic microseconds with a name.

Room instants never come from the wall clock, which jumps. A stored record keeps boot id, monotonic and UTC time beside
each other, so that the next process can lay its own timebase exactly over the old one on the same boot and by UTC
otherwise (`hathor_rt/rooms/reanchor.py`).
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hathor_rt.ids import random_id
from sync.units import Micros


@dataclass(frozen=True, slots=True)
class StoredInstant:
    """One moment on three clocks, as written beside every journal row."""

    boot_id: str
    monotonic_at: Micros
    utc_at: Micros


class Timebase(Protocol):
    """What tells rooms the time."""

    @property
    def epoch(self) -> str:
        """Name of this timebase; another process, or a restart, has another one."""
        ...

    def now(self) -> Micros:
        """The present instant; never decreases."""
        ...

    def stamp(self) -> StoredInstant:
        """The present instant on all three clocks."""
        ...


class MonotonicTimebase:
    """`Timebase` of a running server: CLOCK_MONOTONIC, which all processes of one boot share."""

    def __init__(self) -> None:
        self._epoch = random_id()
        boot = Path("/proc/sys/kernel/random/boot_id")
        # Elsewhere than on Linux no boot id exists: a fresh one makes every restart re-anchor by UTC.
        self._boot_id = boot.read_text().strip() if boot.exists() else self._epoch

    @property
    def epoch(self) -> str:
        """Fresh for every process."""
        return self._epoch

    def now(self) -> Micros:
        """Microseconds since boot."""
        return Micros(time.monotonic_ns() // 1000)

    def stamp(self) -> StoredInstant:
        """Monotonic and UTC time, read one after the other (well under 1 us apart)."""
        return StoredInstant(self._boot_id, self.now(), Micros(time.time_ns() // 1000))
