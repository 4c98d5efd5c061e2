"""How far ahead a common start must lie, so that it reaches nearly every listener in time.

A device that would need more fades in late by itself; it never makes the group wait.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sync.units import Micros


class ListenerReport(Protocol):
    """What a listening device says of itself (the `Report` frame has these fields). Spans in Micros."""

    @property
    def round_trip(self) -> int:
        """q95 of its recent round trips to the server, 0 while unknown."""
        ...

    @property
    def lead_needed(self) -> int:
        """Output latency plus the device's signed offset."""
        ...


@dataclass(frozen=True, slots=True)
class LeadLimits:
    """Bounds of the lead.

    Attributes:
        shortest: Lead of a room about which nothing is known, and the least of all.
        longest: What people still take for an answer to their click.
        output: What of a device's output latency the group waits for. Bluetooth speakers need 150 … 300 ms; they begin
            late rather than make every control in the room slow.
    """

    shortest: Micros
    longest: Micros
    output: Micros


DEFAULT_LIMITS: Final = LeadLimits(shortest=Micros(150_000), longest=Micros(1_000_000), output=Micros(120_000))

# The server's tick, the commit and the time a player needs to schedule. Simulated over eleven link models this leaves
# 0 … 0.03 % late starts on nine, 2 % on lossy TCP and 3.8 % on a bloated uplink.
PREPARATION: Final = Micros(60_000)


def start_lead(reports: Iterable[ListenerReport], limits: LeadLimits = DEFAULT_LIMITS) -> Micros:
    """Lead for a start that these listeners should make together.

    ``0.75 · q95(round trip) + 60 ms + q80(min(lead needed, 120 ms))``, within the limits. Three quarters of a round
    trip cover the way to the listener also where that is the slower half. Round trips above the longest lead are
    left out unless there are no others: such a device is late whatever is chosen.

    Returns:
        Micros from now to the start; `limits.shortest` without reports.
    """
    listeners = list(reports)
    if not listeners:
        return limits.shortest
    measured = [report.round_trip for report in listeners if report.round_trip > 0]
    usable = [trip for trip in measured if trip <= limits.longest]
    if measured and not usable:
        return limits.longest
    trip = quantile(usable, 95) if usable else 0
    output = quantile([min(report.lead_needed, limits.output) for report in listeners], 80)
    return Micros(min(max(trip * 3 // 4 + PREPARATION + output, limits.shortest), limits.longest))


def quantile(values: Sequence[int], percent: int) -> int:
    """Nearest rank: the least of `values` that at least `percent` (1 … 100) of them do not exceed. Not empty."""
    rank = (len(values) * percent + 99) // 100
    return sorted(values)[rank - 1]
