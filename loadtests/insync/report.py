"""What a measurement found, for people and for programs."""

import math
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from loadtests.insync.rows import Row
from loadtests.insync.self_test import Floor
from loadtests.insync.stage import Measured
from loadtests.insync.verdicts import Verdict
from loadtests.machine import CALM_LOAD
from loadtests.machine import machine as computer


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a measurement was made under.

    Attributes:
        date: With the time of day, UTC.
        load_before: Load average of the last minute when it began; `load_after` when it ended.
        is_raised: Whether browsers and sound server had more priority than what else ran on the machine.
        stall_ms: Longest time for which a core of the machine stood still; None if that was not watched.
    """

    date: str
    machine: str
    load_before: float
    load_after: float
    is_raised: bool
    stall_ms: float | None

    @property
    def are_calm(self) -> bool:
        """Whether the machine was quiet enough for the figures to be about the product."""
        return max(self.load_before, self.load_after) < CALM_LOAD

    def __str__(self) -> str:
        words = f"{self.date}, {self.machine}; load average {self.load_before:.1f} before, {self.load_after:.1f} after"
        priority = "raised" if self.is_raised else "ordinary"
        still = (
            "stalls not watched" if self.stall_ms is None else f"machine stood still for {self.stall_ms:.0f} ms at most"
        )
        return f"{words}, {priority} priority, {still}" + (
            "." if self.are_calm else ": too busy for figures about the product."
        )


@dataclass(frozen=True, slots=True)
class TrialReport:
    """One trial. `failure` says why it has no figures, empty if it has."""

    name: str
    title: str
    conditions: Conditions
    verdicts: list[Verdict]
    rows: list[Row]
    measured: list[Measured]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole measurement."""

    floor: list[Floor]
    trials: list[TrialReport]

    def content(self) -> dict[str, object]:
        """For JSON, which has no infinity: what never happened has no value, and its outcome says that it was missed."""
        trials = [
            asdict(trial)
            | {
                "is_calm": trial.conditions.are_calm,
                "verdicts": [_told(verdict) for verdict in trial.verdicts],
            }
            for trial in self.trials
        ]
        return {"floor": [asdict(each) for each in self.floor], "trials": trials}


def _told(verdict: Verdict) -> dict[str, object]:
    words: dict[str, object] = asdict(verdict) | {"outcome": verdict.outcome}
    return words | {"value": None} if verdict.value == math.inf else words


def conditions_of(loads: Sequence[float], *, is_raised: bool, stall_ms: float | None) -> Conditions:
    """Here and now; `loads`: load averages, first and last count."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    return Conditions(now, machine(), loads[0], loads[-1], is_raised, stall_ms)


def machine() -> str:
    """Processor, cores and sound server, in words."""
    version = subprocess.run(["pulseaudio", "--version"], capture_output=True, text=True, check=True).stdout
    return f"{computer()}, {version.splitlines()[0]}"


def floor_words(floor: Sequence[Floor]) -> str:
    """What the rig itself adds, in one sentence."""
    worst = max(each.error_ms for each in floor)
    asked = ", ".join(f"{each.asked_ms:g}" for each in floor)
    return (
        f"Floor of the rig in the same run (delays of {asked} ms played by a browser): {1e3 * worst:.3f} µs at worst."
    )


def table(trial: TrialReport) -> str:
    """A trial for people, in Markdown: bars first, then all that is known about each phase."""
    lines = [f"### {trial.name}: {trial.title}", ""]
    if trial.failure:
        lines += [f"Failed: {trial.failure}", ""]
    if trial.verdicts:
        lines += ["| phase | figure | value | bar | | machine stood still, ms |", "|---|---|---|---|---|---|"]
        lines += [_verdict(each) for each in trial.verdicts]
        lines.append("")
    if trial.rows:
        lines += [
            "| phase | s | from the start of sound, s | spread median / p95 / max, ms | windows | pairs, median ms "
            "| rates, ppm | silences, ms | clicks | jumps, ms |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        lines += [_row(row) for row in trial.rows]
        lines.append("")
    lines += [f"{each.phase}: {each.figure} {each.value:g} ({each.words})" for each in trial.measured if each.words]
    lines.append(str(trial.conditions))
    return "\n".join(lines) + "\n"


def _verdict(each: Verdict) -> str:
    value = "–" if each.value is None else f"{each.value:.2f}".rstrip("0").rstrip(".").replace("inf", "never")
    most = "" if each.most is None else f"≤ {each.most:g}"
    still = "not watched" if each.stall_ms is None else f"{each.stall_ms:.0f}"
    return f"| {each.phase} | {each.figure} | {value} | {most} | {each.outcome} | {still} |"


def _row(row: Row) -> str:
    distance = "not comparable" if row.spread_ms is None else " / ".join(f"{value:.2f}" for value in row.spread_ms)
    pairs = ", ".join(f"{pair.first}–{pair.second} {_middle(pair.milliseconds)}" for pair in row.pairs)
    return (
        f"| {row.phase} | {row.seconds:.1f} | {'' if row.from_start is None else f'{row.from_start:.1f}'} | {distance} | "
        f"{row.windows[0]} of {row.windows[1]} | {pairs} | "
        f"{', '.join('?' if rate is None else f'{rate:+.0f}' for rate in row.rates_ppm)} | "
        f"{'; '.join(', '.join(f'{value:.0f}' for value in each) or 'none' for each in row.silences_ms)} | "
        f"{', '.join(map(str, row.clicks))} | "
        f"{'; '.join(', '.join(f'{value:+.1f}' for value in each) or 'none' for each in row.jumps_ms)} |"
    )


def _middle(values: list[float]) -> str:
    return f"{sorted(values)[len(values) // 2]:+.2f}" if values else "?"
