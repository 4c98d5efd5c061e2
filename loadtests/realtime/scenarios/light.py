"""Few updates to many: what a delivery costs when nothing can be saved up."""

from loadtests.realtime.floor import floor
from loadtests.realtime.gathering import gathered
from loadtests.realtime.scenarios.scenario import Effort, Scenario
from loadtests.realtime.servers import Server
from loadtests.realtime.table import Row, number

_PER_SECOND = 50
# Makes frames of about 200 bytes with everything around it.
_VALUE_BYTES = 160
_FRAME_BYTES = 200


def _rows(server: Server, effort: Effort) -> list[Row]:
    return [_row(server, clients, effort) for clients in _crowds(effort)]


def _crowds(effort: Effort) -> tuple[int, ...]:
    return effort.pick((100, 1000), (30,))


def _row(server: Server, clients: int, effort: Effort) -> Row:
    with gathered(server, clients, value_bytes=_VALUE_BYTES) as gathering:
        gathering.run(_PER_SECOND, effort.pick(2.0, 0.2))  # so that just-in-time compilers know their task
        outcome = gathering.run(_PER_SECOND, effort.pick(10.0, 1.0))
        verdict = gathering.verify()
    return (
        str(clients),
        number(outcome.deliveries_per_second),
        number(outcome.micros_per_delivery),
        outcome.quantiles(),
        outcome.load(),
        str(verdict),
    )


def _floor(effort: Effort) -> list[Row]:
    rows: list[Row] = []
    for clients in _crowds(effort):
        found = floor(clients, _PER_SECOND, _FRAME_BYTES, effort.pick(10.0, 0.5))
        window = found.window
        rows.append(
            (
                "the floor: one `send` each, nothing else",
                str(clients),
                number(found.deliveries / window.seconds),
                number(found.micros_per_delivery),
                "–",
                f"{window.server / window.seconds:.0%} + {window.waited / window.seconds:.0%}; {window.generator:.0%}",
                "–",
            )
        )
    return rows


SCENARIO = Scenario(
    f"Light load: {_PER_SECOND} updates/s by 20 writers, frames of about 200 bytes",
    (
        "server",
        "clients",
        "deliveries/s",
        "server CPU µs per delivery",
        "p50 / p95 / p99 ms",
        "server ran + waited; generator, p99 it did not look",
        "in the end",
    ),
    _rows,
    _floor,
)
