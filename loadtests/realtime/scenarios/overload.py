"""What is left of a server when it is offered more than it carries, and how long it takes to be itself again.

A probe goes behind whatever its sender sent before. What a client still holds itself when the load ends (its own buffer and its
kernel's) is not the server's backlog, so how much that was, and for how long it was still being handed over, is told apart.
"""

import time
from typing import Final

import numpy as np

from loadtests.realtime.arrivals import Latencies, latencies, percentile
from loadtests.realtime.conditions import Window
from loadtests.realtime.crowd import Sending
from loadtests.realtime.gathering import Gathering, gathered
from loadtests.realtime.ramp import LATE_SECONDS, VALUE_BYTES, edge
from loadtests.realtime.scenarios.scenario import Effort, Scenario
from loadtests.realtime.servers import Server
from loadtests.realtime.table import Row, milliseconds, number

_FACTORS: Final = (2, 5)
_PROBES_PER_SECOND: Final = 100
_HANDOVER_SECONDS: Final = 30.0


def _rows(server: Server, effort: Effort) -> list[Row]:
    clients = effort.pick(100, 40)
    best = edge(server, clients, effort).best
    if best is None:
        return [("", "its edge was not found", *[""] * (len(SCENARIO.columns) - 3))]
    rows: list[Row] = []
    for factor in _FACTORS:
        with gathered(server, clients, value_bytes=VALUE_BYTES) as gathering:
            gathering.run(best.offered / 2, effort.pick(1.5, 0.2))  # so that just-in-time compilers know their task
            row = _row(gathering, factor * best.offered, best.deliveries_per_second, effort)
            rows.append((f"{factor} ×", *row, str(gathering.verify())))
    return rows


def _row(gathering: Gathering, rate: float, peak: float, effort: Effort) -> Row:
    kept = [(client, len(client.chunks)) for client in gathering.watched]
    window = Window(gathering.running)
    sending = gathering.crowd.write(gathering.writers, rate, effort.pick(4.0, 0.5))
    window.close()
    authors = [writer.client for writer in gathering.writers]
    gathering.crowd.pump(_HANDOVER_SECONDS, lambda: not any(author.unsent_bytes for author in authors))
    handed_over = time.perf_counter() - sending.ended
    bursts = {writer: writer.bursts for writer in gathering.writers}
    probes = gathering.run(_PROBES_PER_SECOND, effort.pick(10.0, 0.5))
    found = latencies(kept, bursts)
    seconds = sending.ended - sending.began
    sent = sum(each.end - each.first for of in bursts.values() for each in of)
    in_time = np.count_nonzero(found.arrivals <= sending.ended) / len(kept)
    delivered = in_time * (len(gathering.crowd.clients) - 1) / seconds
    back = _recovery(probes.latencies, sending)
    return (
        number(rate),
        number(sent / seconds),
        number(delivered),
        f"{delivered / peak:.0%}",
        milliseconds(*(percentile(found.seconds, each) for each in (50, 99))),
        f"{window.memory / 2**20:+.0f}",
        f"{number(sending.left_over / 1000)}, {handed_over:.2f}",
        f"{back:.2f}" if back is not None else f"not within {probes.window.seconds:.0f}",
        f"{window.generator:.0%}" + (" **(limit)**" if window.is_bound_by_generator else ""),
    )


def _recovery(probes: Latencies, overload: Sending) -> float | None:
    """Seconds from the overload's end to the first probe from which on none is late; None: there is none.

    Probes begin when the clients have handed over everything, so it is no less than that took.
    """
    late = probes.last_late(LATE_SECONDS)
    after = probes.handed[probes.handed > late]
    return max(0.0, float(after.min()) - overload.ended) if len(after) else None


SCENARIO = Scenario(
    "Overload: more than the edge for 4 s, then 100 updates/s",
    (
        "server",
        "of its edge",
        "offered updates/s",
        "taken updates/s",
        "deliveries/s meanwhile",
        "of its best",
        "p50 / p99 ms",
        "memory MiB",
        "left with the clients: kB, s until handed over",
        "s until none is late, these included",
        "generator",
        "in the end",
    ),
    _rows,
)
