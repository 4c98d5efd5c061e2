"""A room full of people who drag something: rates at which a server can begin to save up."""

from loadtests.realtime.gathering import gathered
from loadtests.realtime.ramp import VALUE_BYTES
from loadtests.realtime.scenarios.scenario import Effort, Scenario
from loadtests.realtime.servers import Server
from loadtests.realtime.table import Row, number

_PER_SECOND = 720


def _rows(server: Server, effort: Effort) -> list[Row]:
    with gathered(server, effort.pick(100, 40), value_bytes=VALUE_BYTES) as gathering:
        gathering.run(_PER_SECOND, effort.pick(2.0, 0.2))  # so that just-in-time compilers know their task
        outcome = gathering.run(_PER_SECOND, effort.pick(8.0, 1.0))
        verdict = gathering.verify()
    return [
        (
            number(outcome.deliveries_per_second),
            number(outcome.micros_per_delivery),
            outcome.quantiles(),
            outcome.load(),
            str(verdict),
        )
    ]


SCENARIO = Scenario(
    f"{_PER_SECOND} updates/s by 20 writers to 100 clients, sets of map keys to {VALUE_BYTES} bytes",
    (
        "server",
        "deliveries/s",
        "server CPU µs per delivery",
        "p50 / p95 / p99 ms",
        "server ran + waited; generator, p99 it did not look",
        "in the end",
    ),
    _rows,
)
