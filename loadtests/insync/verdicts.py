"""Figures of a trial against its bars."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from loadtests.insync.rows import Row, summary
from loadtests.insync.stage import Measured
from loadtests.insync.stalls import SHORTEST_SECONDS
from loadtests.insync.trials.trial import Bar

Outcome = Literal["met", "missed", "missed, machine stood still", "told", "not measured"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One figure.

    Attributes:
        value: None if it could not be measured.
        stall_ms: Longest time for which a core of the machine stood still meanwhile; None if that was not watched.
        words: What was counted, where the name does not say it.
    """

    phase: str
    figure: str
    value: float | None
    most: float | None
    stall_ms: float | None
    words: str = ""

    @property
    def outcome(self) -> Outcome:
        """Whether the bar was met. Where the machine stood still, a missed one says little about the product."""
        if self.value is None:
            return "not measured"
        if self.most is None:
            return "told"
        if self.value <= self.most:
            return "met"
        stood = self.stall_ms is not None and self.stall_ms >= 1e3 * SHORTEST_SECONDS
        return "missed, machine stood still" if stood else "missed"


Figure = Callable[[Sequence[Row]], float | None]


def _of_spread(place: int) -> Figure:
    def figure(rows: Sequence[Row]) -> float | None:
        found = summary([each for row in rows for each in row.distances_ms])
        return None if found is None else found[place]

    return figure


def _worst_median(rows: Sequence[Row]) -> float | None:
    medians = [row.spread_ms[0] if row.spread_ms else None for row in rows]
    known = [each for each in medians if each is not None]
    return max(known) if known and len(known) == len(medians) else None


def _settled(rows: Sequence[Row]) -> float | None:
    times = [row.recovery.settled_seconds for row in rows if row.recovery is not None]
    known = [each for each in times if each is not None]
    # A victim that never came back within the phase took longer than any bar.
    return (max(known) if len(known) == len(times) else float("inf")) if times else None


def _others_apart(rows: Sequence[Row]) -> float | None:
    return max(
        (row.recovery.others_ms for row in rows if row.recovery and row.recovery.others_ms is not None), default=None
    )


def _before(rows: Sequence[Row]) -> float | None:
    return max(
        (row.recovery.before_ms for row in rows if row.recovery and row.recovery.before_ms is not None), default=None
    )


FIGURES: Final[dict[str, Figure]] = {
    "median": _of_spread(0),
    "p95": _of_spread(1),
    "max": _of_spread(2),
    "worst median": _worst_median,
    "clicks": lambda rows: float(sum(sum(row.clicks) for row in rows)),
    "silences": lambda rows: float(sum(len(each) for row in rows for each in row.silences_ms)),
    "apart before, ms": _before,
    "settled after, s": _settled,
    "others apart, ms": _others_apart,
    "others' clicks and silences": lambda rows: float(sum(row.recovery.others_defects for row in rows if row.recovery)),
}
"""Figures of the recording by the name bars call them; distances in milliseconds."""


def judged(
    bars: Sequence[Bar], rows: Sequence[Row], measured: Sequence[Measured], stall_ms: float | None
) -> list[Verdict]:
    """One verdict for each bar; the worst of all that one bar is about. `stall_ms`: longest stall of the whole trial."""
    return [_judge(bar, rows, measured, stall_ms) for bar in bars]


def _judge(bar: Bar, rows: Sequence[Row], measured: Sequence[Measured], stall_ms: float | None) -> Verdict:
    mine = [row for row in rows if _is_about(bar, row.phase)]
    stall = max((row.stall_ms for row in mine if row.stall_ms is not None), default=None)
    if bar.figure in FIGURES:
        return Verdict(bar.phase, bar.figure, FIGURES[bar.figure](mine) if mine else None, bar.most, stall)
    told = [each for each in measured if each.figure == bar.figure and _is_about(bar, each.phase)]
    worst = max(told, key=lambda each: each.value, default=None)
    value, words = (worst.value, worst.words) if worst is not None else (None, "")
    # What is not in a phase may have happened at any time.
    return Verdict(bar.phase, bar.figure, value, bar.most, stall if mine else stall_ms, words)


def _is_about(bar: Bar, phase: str) -> bool:
    return phase.startswith(bar.phase.removesuffix("*")) if bar.phase.endswith("*") else phase == bar.phase
