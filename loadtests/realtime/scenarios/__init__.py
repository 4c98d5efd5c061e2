"""Every scenario is one file: what it asks of a server, and the rows it makes of the answers."""

from loadtests.realtime.scenarios import light
from loadtests.realtime.scenarios.scenario import Scenario

SCENARIOS: dict[str, Scenario] = {"light": light.SCENARIO}
