"""The table of methods: a new one is a file here and a line below."""

from collections.abc import Callable
from typing import Final

from loadtests.clock.methods.beatsync import ProbePairs
from loadtests.clock.methods.cristian import Cristian
from loadtests.clock.methods.jellyfin import SyncPlay
from loadtests.clock.methods.method import Method
from loadtests.clock.methods.ntp import ClockFilter
from loadtests.clock.methods.ours import Ours
from loadtests.clock.methods.sendspin import OffsetDriftKalman
from loadtests.clock.methods.shairport import AgedLeastDelay
from loadtests.clock.methods.snapcast import RollingMedian
from sync.units import Micros

OURS: Final = "hathor"

METHODS: Final[dict[str, Callable[[Micros, int, Micros], Method]]] = {
    OURS: Ours,
    "sendspin": lambda granularity, seed, now: OffsetDriftKalman(now),
    "shairport": lambda granularity, seed, now: AgedLeastDelay(now),
    "beatsync": lambda granularity, seed, now: ProbePairs(now),
    "ntp": lambda granularity, seed, now: ClockFilter(now),
    "cristian": lambda granularity, seed, now: Cristian(now),
    "snapcast": lambda granularity, seed, now: RollingMedian(now),
    "jellyfin": lambda granularity, seed, now: SyncPlay(now),
}
