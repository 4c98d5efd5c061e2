"""Every scenario is one file: what it asks of a server, and the rows it makes of the answers."""

from typing import Final

from loadtests.realtime.scenarios import cold_join, light, overload, saturation, steady, stopped_reader
from loadtests.realtime.scenarios.scenario import Scenario

SCENARIOS: Final[dict[str, Scenario]] = {
    "light": light.SCENARIO,
    "steady": steady.SCENARIO,
    "saturation": saturation.SCENARIO,
    "overload": overload.SCENARIO,
    "cold-join": cold_join.SCENARIO,
    "stopped-reader": stopped_reader.SCENARIO,
}
