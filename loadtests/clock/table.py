"""The results as Markdown: ours in full, and everybody's errors side by side."""

import math
from collections.abc import Mapping, Sequence

from loadtests.clock.bars import misses
from loadtests.clock.methods.line_up import OURS
from loadtests.clock.networks import NETWORK_OF
from loadtests.clock.summary import Summary

Results = Mapping[str, Mapping[str, Summary]]
"""By network, then by method."""

Floors = Mapping[str, tuple[float, float] | None]
"""By network: RMS and p99 in milliseconds of one who is told the drift; None where a clock sleeps or is set."""

NOTES = """\
Errors are without what no probe can see, half the difference of the fastest ways (3 ms on `lte`): no method of any kind
removes that, and it lies inside our certified error. `path_change` is such a difference that comes and goes, and counts.
"told the drift" is what the fastest ways of five minutes of our probes leave open to a device that knows its drift exactly.
All methods are told when the device woke, and the others start over then, which in fact takes them a new connection."""


def table(results: Results, floors: Floors) -> str:
    """One row for each network: ours in full, then the errors of the others."""
    methods = list(next(iter(results.values())))
    others = [method for method in methods if method != OURS]
    head = ["network", "RMS / p99, ms", "told the drift", "bound true", "± ms", "known, s", "again, s", "probes/min"]
    rows = [[*head, *others, "bars missed"]]
    for network, by_method in results.items():
        ours = by_method[OURS]
        row = [network, f"**{_errors(ours)}**", _floor(floors[network]), _share(ours.bound_true)]
        row += [f"{ours.half_width_ms or math.nan:.2f}", _seconds(ours.known_after_s), _seconds(ours.recovered_after_s)]
        row += [f"{ours.probes_a_minute:.0f}", *(_errors(by_method[method]) for method in others)]
        rows.append([*row, ", ".join(misses(network, ours)) or "–"])
    return markdown(rows)


def others_table(results: Results, costs: Mapping[str, float]) -> str:
    """What a method asks for: time until the clock is known, and known again, probes, processor time."""
    methods = list(next(iter(results.values())))
    again = {name: network for name, network in NETWORK_OF.items() if network.changes or network.interruptions.sleeps}
    rows = [["method", "known on wifi_good, s", *(f"again after {name}, s" for name in again if name in results)]]
    rows[0] += ["probes/min on wifi_good", "CPU of a probe, µs"]
    for method in methods:
        good = results["wifi_good"][method] if "wifi_good" in results else next(iter(results.values()))[method]
        row = [method, _seconds(good.known_after_s)]
        row += [_seconds(results[name][method].recovered_after_s) for name in again if name in results]
        rows.append([*row, f"{good.probes_a_minute:.0f}", f"{costs[method] * 1e6:.1f}"])
    return markdown(rows)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table; the first row is its head."""
    head, *body = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body))


def _errors(found: Summary) -> str:
    return f"{_millis(found.rms_ms)} / {_millis(found.p99_ms)}"


def _millis(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _floor(found: tuple[float, float] | None) -> str:
    return "–" if found is None else f"{_millis(found[0])} / {_millis(found[1])}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{math.floor(value * 1e5) / 1e3:.3f} %"


def _seconds(value: float | None) -> str:
    return "–" if value is None else "never" if math.isinf(value) else f"{value:.1f}"
