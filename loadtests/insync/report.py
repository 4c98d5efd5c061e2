"""From samples to figures: one row per phase, and the conditions they were measured under."""

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np

from loadtests.insync.defects import clicks, jumps, silences
from loadtests.insync.pairs import Pair, pairs_of, spread_of, windows_within
from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Recording
from loadtests.insync.scenarios import Phase
from loadtests.insync.self_test import Floor
from loadtests.insync.stalls import Stall, longest
from loadtests.insync.tracks import Tracks, rate_ppm
from loadtests.machine import CALM_LOAD
from loadtests.machine import machine as computer


@dataclass(frozen=True, slots=True)
class Row:
    """A phase in figures.

    Attributes:
        spread_ms: Largest distance between any two listeners, in every window: (median, p95, largest); None if the
            listeners could not be compared.
        pairs: Every two listeners against each other, seconds counted from the beginning of the phase.
        rates_ppm: By how much each listener's track went by faster than the sound card's clock; None if it was not followed.
        windows: Number of compared windows, of those that fit into the phase.
        silences_ms: Longest silence of each listener.
        clicks: Number of clicks of each listener.
        jumps_ms: Jumps of each listener against the track.
        stall_ms: Longest time for which a core of the machine stood still; None if that was not watched.
    """

    phase: str
    seconds: float
    spread_ms: tuple[float, float, float] | None
    pairs: list[Pair]
    rates_ppm: list[float | None]
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


def row_of(recording: Recording, clients: int, phase: Phase, tracks: Tracks, stalls: list[Stall] | None) -> Row:
    """Judge one phase. `stalls`: those of the machine, None if nobody watched."""
    signals = [recording.client(client, phase.start, phase.end) for client in range(clients)]
    pairs = pairs_of(recording, clients, phase.start, phase.end)
    distances = [each.milliseconds for each in spread_of(pairs)]
    places = [tracks.places(signal) for signal in signals]
    return Row(
        phase.name,
        round((phase.end - phase.start) / RATE, 2),
        _summary(distances),
        pairs,
        [_rounded(rate_ppm(each)) for each in places],
        (len(distances), windows_within(phase.start, phase.end)),
        [max((1e3 * each.seconds for each in silences(signal)), default=0.0) for signal in signals],
        [_clicks_within(recording, client, phase) for client in range(clients)],
        [[round(each.milliseconds, 2) for each in jumps(way)] for way in places],
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
        "| rates, ppm | machine stood still, ms |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in report.rows:
        distance = "not comparable" if row.spread_ms is None else " / ".join(f"{value:.2f}" for value in row.spread_ms)
        lines.append(
            f"| {row.phase} | {row.seconds:.0f} | {distance} | {row.windows[0]} of {row.windows[1]} | "
            f"{'' if row.answer_seconds is None else f'{row.answer_seconds:.2f}'} | "
            f"{', '.join(f'{value:.0f}' for value in row.silences_ms)} | {', '.join(map(str, row.clicks))} | "
            f"{'; '.join(', '.join(f'{value:+.1f}' for value in each) or 'none' for each in row.jumps_ms)} | "
            f"{', '.join('?' if rate is None else f'{rate:+.0f}' for rate in row.rates_ppm)} | "
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


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 1)


def _summary(values: list[float]) -> tuple[float, float, float] | None:
    if not values:
        return None
    median, p95 = np.quantile(values, (0.5, 0.95))
    return round(float(median), 3), round(float(p95), 3), round(max(values), 3)
