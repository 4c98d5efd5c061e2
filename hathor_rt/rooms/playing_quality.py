"""How well the listeners of all rooms play, as they report it: the figures an operator watches."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from hathor_rt.rooms.attendance import Attendance
from sync.timeline.lead import quantile
from sync.units import MICROS_PER_SECOND
from sync.wire.frames import Report

# As Prometheus writes them in the label of a summary; 1 is the worst listener.
QUANTILES: Final[Mapping[str, int]] = {"0.5": 50, "0.95": 95, "1": 100}

# These follow the room's line. Loose and coarse ones cannot tell their error, silent and buffering ones have none.
_STEERED: Final = frozenset({"in-step", "catching-up"})


def reports_of(rooms: Iterable[Attendance]) -> tuple[Report, ...]:
    """The latest report of every device that plays sound in one of `rooms`."""
    return tuple(
        attendee.report for room in rooms for attendee in room if attendee.sound and attendee.report is not None
    )


def states(reports: Iterable[Report]) -> Mapping[str, float]:
    """How many listeners are in which state ("in-step", "catching-up", "buffering", "loose", "silent")."""
    return Counter(report.state for report in reports)


def playback_error(reports: Iterable[Report]) -> Mapping[str, float]:
    """Distance from the room's position, in seconds without sign, by quantile; nothing while nobody follows the line."""
    exact = (report for report in reports if report.state in _STEERED and not report.coarse)
    return _by_quantile(exact, lambda one: abs(one.playback_error))


def clock_error(reports: Iterable[Report]) -> Mapping[str, float]:
    """Certified error of the listeners' clocks, in seconds, by quantile; nothing without listeners."""
    return _by_quantile(reports, lambda one: one.clock_error)


def round_trip(reports: Iterable[Report]) -> Mapping[str, float]:
    """q95 of each listener's round trips, in seconds, by quantile over the listeners; nothing without listeners."""
    return _by_quantile(reports, lambda one: one.round_trip)


def _by_quantile(reports: Iterable[Report], span: Callable[[Report], int]) -> Mapping[str, float]:
    spans = [span(report) for report in reports]
    if not spans:
        return {}
    return {name: quantile(spans, percent) / MICROS_PER_SECOND for name, percent in QUANTILES.items()}
