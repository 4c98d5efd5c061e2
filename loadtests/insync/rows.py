"""From samples to figures: what is to be known about one phase."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from loadtests.insync.defects import clicks, jumps, silences
from loadtests.insync.offsets import STEP_SECONDS, WINDOW_SECONDS, Offset
from loadtests.insync.pairs import Pair, among, pairs_of, spread_of, windows_within
from loadtests.insync.phases import Fault, Phase
from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Recording, Signal
from loadtests.insync.stalls import Stall, longest
from loadtests.insync.tracks import Tracks, rate_ppm

IN_STEP_MS: Final = 2.0
"""Nearer than this after a fault, two listeners are in step again."""

# Around a fault every fiftieth of a second matters; the windows are long enough for a bar to be unlike its neighbours.
_FINE: Final = (0.25, 0.05)
_COARSE: Final = (WINDOW_SECONDS, STEP_SECONDS)


@dataclass(frozen=True, slots=True)
class Recovery:
    """How a fault of one listener went.

    Attributes:
        settled_seconds: From the end of the fault until the victim was within `IN_STEP_MS` of everybody, for good; None if
            it never was.
        before_ms: Largest distance of the victim from anybody before the fault, for comparison; None if it was not heard.
        others_ms: Largest distance between any two of the others, meanwhile; None if there are fewer than two.
        others_defects: Clicks and silences the others heard.
    """

    settled_seconds: float | None
    before_ms: float | None
    others_ms: float | None
    others_defects: int


@dataclass(frozen=True, slots=True)
class Row:
    """A phase in figures.

    Attributes:
        seconds: Its length; `from_start`: when it began, counted from the start of the youngest AudioContext.
        distances_ms: Largest distance between any two listeners, in every window in which all could be compared.
        pairs: Every two listeners against each other, seconds counted from the beginning of the phase.
        rates_ppm: By how much each listener's track went by faster than the sound card's clock; None if it was not followed.
        windows: Number of compared windows, of those that fit into the phase.
        silences_ms: Silences of each listener.
        clicks: Number of clicks of each listener.
        jumps_ms: Jumps of each listener against the track.
        stall_ms: Longest time for which a core of the machine stood still; None if that was not watched.
    """

    phase: str
    seconds: float
    from_start: float | None
    distances_ms: list[float]
    pairs: list[Pair]
    rates_ppm: list[float | None]
    windows: tuple[int, int]
    silences_ms: list[list[float]]
    clicks: list[int]
    jumps_ms: list[list[float]]
    stall_ms: float | None
    answer_seconds: float | None
    recovery: Recovery | None

    @property
    def spread_ms(self) -> tuple[float, float, float] | None:
        """Median, p95 and largest of the distances; None if the listeners could not be compared."""
        return summary(self.distances_ms)


def summary(values: list[float]) -> tuple[float, float, float] | None:
    """Median, p95 and largest; None of nothing."""
    if not values:
        return None
    median, p95 = np.quantile(values, (0.5, 0.95))
    return round(float(median), 3), round(float(p95), 3), round(max(values), 3)


def rows_of(
    recording: Recording, clients: int, phases: Iterable[Phase], tracks: Tracks, stalls: list[Stall] | None
) -> list[Row]:
    """Judge a session. `stalls`: those of the machine, None if nobody watched."""
    return [row_of(recording, clients, phase, tracks, stalls) for phase in phases]


def row_of(recording: Recording, clients: int, phase: Phase, tracks: Tracks, stalls: list[Stall] | None) -> Row:
    """Judge one phase."""
    signals = [recording.client(client, phase.start, phase.end) for client in range(clients)]
    window, step = _COARSE if phase.fault is None else _FINE
    pairs = pairs_of(recording, clients, phase.start, phase.end, window=window, step=step)
    distances = [each.milliseconds for each in spread_of(pairs)]
    places = [tracks.places(signal) for signal in signals]
    gaps = [_silences(signal) for signal in signals]
    edges = [_clicks_within(recording, client, phase) for client in range(clients)]
    return Row(
        phase.name,
        round((phase.end - phase.start) / RATE, 2),
        None if phase.plot_from is None else round(phase.began - phase.plot_from, 2),
        [round(each, 4) for each in distances],
        pairs,
        [_rounded(rate_ppm(each)) for each in places],
        (len(distances), windows_within(phase.start, phase.end, window=window, step=step)),
        gaps,
        edges,
        [[round(each.milliseconds, 2) for each in jumps(way)] for way in places],
        None if stalls is None else round(1e3 * longest(stalls, phase.began, phase.ended), 1),
        phase.answer_seconds,
        None if phase.fault is None else _recovery(pairs, phase.fault, phase.start, gaps, edges),
    )


def _recovery(pairs: list[Pair], fault: Fault, start: int, gaps: list[list[float]], edges: list[int]) -> Recovery:
    others = [client for client in range(len(edges)) if client != fault.victim]
    between = [abs(each.milliseconds) for pair in among(pairs, fault.victim) for each in pair.offsets]
    ended = (fault.ended - start) / RATE
    mine = [pair for pair in pairs if fault.victim in (pair.first, pair.second)]
    times = [settled(pair.offsets, ended) for pair in mine]
    begun = (fault.began - start) / RATE
    before = [abs(each.milliseconds) for pair in mine for each in pair.offsets if each.at + _FINE[0] / 2 <= begun]
    known = [time for time in times if time is not None]
    return Recovery(
        round(max(known), 2) if known and len(known) == len(times) else None,
        round(max(before), 3) if before else None,
        round(max(between), 3) if between else None,
        sum(len(gaps[client]) + edges[client] for client in others),
    )


def settled(offsets: list[Offset], ended: float) -> float | None:
    """Seconds after `ended` from which on two listeners stay within `IN_STEP_MS`; None if they do not.

    Windows that reach back before `ended` tell of the fault, not of what came after it. Until they can be compared for the
    first time they are apart; a window that cannot be told later on is no evidence.
    """
    window, step = _FINE
    after = [each for each in offsets if each.at - window / 2 >= ended - 1e-6]
    if not after or abs(after[-1].milliseconds) > IN_STEP_MS:
        return None
    bad = [each for each in after if abs(each.milliseconds) > IN_STEP_MS]
    begins = after[0].at - window / 2 if not bad else bad[-1].at - window / 2 + step
    # The first window begins at most a step after the fault's end.
    return max(0.0, begins - ended - (0.0 if bad else step))


def _silences(signal: Signal) -> list[float]:
    return [round(1e3 * each.seconds, 1) for each in silences(signal)]


def _clicks_within(recording: Recording, client: int, phase: Phase) -> int:
    """Clicks of a phase. It is looked at with what lies around it: where music is cut off there is an edge."""
    lead = min(phase.start, RATE // 4)
    around = recording.client(client, phase.start - lead, phase.end + RATE // 4)
    seconds = (phase.end - phase.start) / RATE
    return sum(0 <= at - lead / RATE < seconds for at in clicks(around))


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 1)
