"""The most a server carries before deliveries are late."""

from loadtests.realtime.ramp import LATE_SECONDS, VALUE_BYTES, Edge, edge
from loadtests.realtime.scenarios.scenario import Effort, Scenario
from loadtests.realtime.servers import Server
from loadtests.realtime.table import Row, number


def _rows(server: Server, effort: Effort) -> list[Row]:
    return [_row(clients, edge(server, clients, effort)) for clients in effort.pick((100, 1000), (40,))]


def _row(clients: int, found: Edge) -> Row:
    bad = [verdict for verdict in found.verdicts if not verdict.is_good]
    beyond = "–" if found.failed is None else f"{number(found.failed.offered)}/s: {found.failed.quantiles()} ms"
    ended = str(bad[0]) if bad else f"{len(found.verdicts)} crowds: {found.verdicts[0]}"
    if found.best is None:
        return (str(clients), "less than was tried", "", "", "", "", "", beyond, ended)
    best = found.best
    return (
        str(clients),
        number(best.deliveries_per_second),
        number(best.sent / best.window.seconds),
        number(best.micros_per_delivery),
        best.quantiles(),
        f"{best.latencies.values_seen:.0%}",
        best.load(),
        beyond,
        ended,
    )


SCENARIO = Scenario(
    f"Saturation: 20 writers set keys to {VALUE_BYTES} bytes, faster and faster until p99 > {1e3 * LATE_SECONDS:.0f} ms",
    (
        "server",
        "clients",
        "deliveries/s",
        "updates/s",
        "server CPU µs per delivery",
        "p50 / p95 / p99 ms",
        "values not overtaken",
        "server ran + waited; generator, p99 it did not look",
        "too much was",
        "in the end",
    ),
    _rows,
)
