"""From samples to figures: one row per phase, and the conditions they were measured under."""

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np

from loadtests.insync.defects import clicks, jumps, silences
from loadtests.insync.offsets import Offset, offsets_between
from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Recording
from loadtests.insync.scenarios import Phase
from loadtests.insync.self_test import Floor
from loadtests.insync.stalls import Stall, longest
from loadtests.insync.tracks import Tracks
from loadtests.machine import CALM_LOAD
from loadtests.machine import machine as computer


@dataclass(frozen=True, slots=True)
class Row:
    """A phase in figures.

    Attributes:
        spread_ms: Largest distance between any two listeners, in every window: (median, p95, largest); None if the
            listeners could not be compared.
        windows: Number of compared windows, of those that fit into the phase.
        silences_ms: Longest silence of each listener.
        clicks: Number of clicks of each listener.
        jumps_ms: Jumps of each listener against the track.
        stall_ms: Longest time for which a core of the machine stood still; None if that was not watched.
    """

    phase: str
    seconds: float
    spread_ms: tuple[float, float, float] | None
    windows: tuple[int, int]
    silences_ms: list[float]
    clicks: list[int]
    jumps_ms: list[list[float]]
    stall_ms: float | None
    answer_seconds: float | None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a measurement was made under.

    Attributes:
        load_before: Load average of the last minute when it began; `load_after` when it ended.
        is_raised: Whether browsers and sound server had more priority than what else ran on the machine.
    """

    date: str
    machine: str
    load_before: float
    load_after: float
    is_raised: bool

    @property
    def are_calm(self) -> bool:
        """Whether the machine was quiet enough for the figures to be about the product."""
        return max(self.load_before, self.load_after) < CALM_LOAD

    def __str__(self) -> str:
        words = f"{self.date}, {self.machine}; load average {self.load_before:.1f} before, {self.load_after:.1f} after"
        priority = "raised" if self.is_raised else "ordinary"
        return f"{words}, {priority} priority" + ("." if self.are_calm else ": too busy for figures about the product.")


@dataclass(frozen=True, slots=True)
class Report:
    """A whole measurement."""

    conditions: Conditions
    floor: list[Floor]
    rows: list[Row]

    def content(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self) | {"is_calm": self.conditions.are_calm}


def conditions_of(loads: Sequence[float], *, is_raised: bool) -> Conditions:
    """Here and today; `loads`: load averages, first and last count."""
    return Conditions(datetime.now(UTC).date().isoformat(), machine(), loads[0], loads[-1], is_raised)


def machine() -> str:
    """Processor, cores and sound server, in words."""
    version = subprocess.run(["pulseaudio", "--version"], capture_output=True, text=True, check=True).stdout
    return f"{computer()}, {version.splitlines()[0]}"


def spread(recording: Recording, clients: int, phase: Phase) -> list[Offset]:
    """In every window of `phase`, how far the earliest and the latest listener are apart (not negative), milliseconds."""
    first = recording.client(0, phase.start, phase.end)
    against = [
        {round(each.at, 3): each for each in offsets_between(first, recording.client(client, phase.start, phase.end))}
        for client in range(1, clients)
    ]
    result = []
    for at in sorted(set.intersection(*(set(each) for each in against))):
        values = [0.0, *(each[at].milliseconds for each in against)]
        result.append(Offset(at, max(values) - min(values), min(each[at].likeness for each in against)))
    return result


def row_of(recording: Recording, clients: int, phase: Phase, tracks: Tracks, stalls: list[Stall] | None) -> Row:
    """Judge one phase. `stalls`: those of the machine, None if nobody watched."""
    signals = [recording.client(client, phase.start, phase.end) for client in range(clients)]
    distances = [each.milliseconds for each in spread(recording, clients, phase)]
    fitting = max(0, int(((phase.end - phase.start) / RATE - 0.5) / 0.25) + 1)
    return Row(
        phase.name,
        round((phase.end - phase.start) / RATE, 2),
        _summary(distances),
        (len(distances), fitting),
        [max((1e3 * each.seconds for each in silences(signal)), default=0.0) for signal in signals],
        [_clicks_within(recording, client, phase) for client in range(clients)],
        [[round(each.milliseconds, 2) for each in jumps(tracks.places(signal))] for signal in signals],
        None if stalls is None else round(1e3 * longest(stalls, phase.began, phase.ended), 1),
        phase.answer_seconds,
    )


def _clicks_within(recording: Recording, client: int, phase: Phase) -> int:
    """Clicks of a phase. It is looked at with what lies around it: where music is cut off there is an edge."""
    lead = min(phase.start, RATE // 4)
    around = recording.client(client, phase.start - lead, phase.end + RATE // 4)
    seconds = (phase.end - phase.start) / RATE
    return sum(0 <= at - lead / RATE < seconds for at in clicks(around))


def rows_of(
    recording: Recording, clients: int, phases: Iterable[Phase], tracks: Tracks, stalls: list[Stall] | None
) -> list[Row]:
    """Judge a session."""
    return [row_of(recording, clients, phase, tracks, stalls) for phase in phases]


def table(report: Report) -> str:
    """The report for people, in Markdown."""
    lines = [
        "| phase | s | spread median / p95 / max, ms | windows | answer, s | longest silence, ms | clicks | jumps, ms "
        "| machine stood still, ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in report.rows:
        distance = "not comparable" if row.spread_ms is None else " / ".join(f"{value:.2f}" for value in row.spread_ms)
        lines.append(
            f"| {row.phase} | {row.seconds:.0f} | {distance} | {row.windows[0]} of {row.windows[1]} | "
            f"{'' if row.answer_seconds is None else f'{row.answer_seconds:.2f}'} | "
            f"{', '.join(f'{value:.0f}' for value in row.silences_ms)} | {', '.join(map(str, row.clicks))} | "
            f"{'; '.join(', '.join(f'{value:+.1f}' for value in each) or 'none' for each in row.jumps_ms)} | "
            f"{'not watched' if row.stall_ms is None else f'{row.stall_ms:.0f}'} |"
        )
    worst = max(each.error_ms for each in report.floor)
    asked = ", ".join(f"{each.asked_ms:g}" for each in report.floor)
    lines += [
        "",
        f"Floor of the rig in the same run (delays of {asked} ms played by a browser): {1e3 * worst:.3f} µs at worst.",
        str(report.conditions),
    ]
    return "\n".join(lines)


def _summary(values: list[float]) -> tuple[float, float, float] | None:
    if not values:
        return None
    median, p95 = np.quantile(values, (0.5, 0.95))
    return round(float(median), 3), round(float(p95), 3), round(max(values), 3)
