"""What those cost who stop reading, and what the others notice of it."""

from contextlib import AbstractContextManager
from typing import Final

from loadtests.realtime.gathering import Gathering, Outcome, gathered
from loadtests.realtime.scenarios.scenario import Effort, Scenario
from loadtests.realtime.servers import Server
from loadtests.realtime.table import Row, number

_NORMAL: Final = 15
_STOPPED: Final = 5
_VALUE_BYTES: Final = 2000
_PER_SECOND: Final = 750
_CATCH_UP_SECONDS: Final = 5.0


def _rows(server: Server, effort: Effort) -> list[Row]:
    seconds = effort.pick(8.0, 1.0)
    with _gathered(server) as gathering:
        control = _stream(gathering, seconds)
    with _gathered(server) as gathering:
        stopped = gathering.watched
        gathering.crowd.stop_reading(stopped)
        before = [client.received for client in stopped]
        outcome = _stream(gathering, seconds)
        gathering.crowd.read_again()
        gathering.crowd.pump(effort.pick(_CATCH_UP_SECONDS, 1.0))
        owed = sum(client.received for client in stopped) - sum(before)
        verdict = gathering.verify()
    growth = (outcome.window.memory - control.window.memory) / _STOPPED
    return [
        (
            f"{control.window.memory / 2**20:.1f}",
            f"{outcome.window.memory / 2**20:.1f}",
            f"{growth / 2**20:.2f}",
            number(owed / _STOPPED / 2**20),
            control.quantiles(),
            outcome.quantiles(),
            outcome.load(),
            str(verdict),
        )
    ]


def _gathered(server: Server) -> AbstractContextManager[Gathering]:
    return gathered(server, _NORMAL + _STOPPED, writers=_NORMAL, watched=_STOPPED, value_bytes=_VALUE_BYTES)


def _stream(gathering: Gathering, seconds: float) -> Outcome:
    normal = [writer.client for writer in gathering.writers]
    for client in normal:
        client.keeps = True
    return gathering.run(_PER_SECOND, seconds, watched=normal)


SCENARIO = Scenario(
    f"Stopped readers: {_NORMAL} normal clients, {_STOPPED} stop reading during a stream of 12 MB",
    (
        "server",
        "memory MiB, all read",
        "memory MiB, 5 stopped",
        "MiB per stopped reader",
        "MiB it had to read then",
        "p50 / p95 / p99 ms, all read",
        "p50 / p95 / p99 ms, 5 stopped",
        "server ran + waited; generator, p99 it did not look",
        "in the end",
    ),
    _rows,
)
