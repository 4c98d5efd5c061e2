"""What a perfect observer sees of one device: both clocks at every look, computed once for all methods."""

from dataclasses import dataclass
from typing import Final

from loadtests.clock.conversation import server_micros
from loadtests.clock.networks import Network
from loadtests.clock.oscillator import Oscillator
from sync.units import Micros

LOOKS_PER_SECOND: Final = 10


@dataclass(frozen=True, slots=True)
class Life:
    """One device on one network.

    Attributes:
        network: What it is connected by.
        oscillator: Its clock.
        seed: Of the network's draws.
        seconds: How long it is watched.
        local: Its clock at each look, in Micros, read exactly; the first look is a tenth of a second after joining.
        server: The server's clock at each look.
    """

    network: Network
    oscillator: Oscillator
    seed: int
    seconds: float
    local: tuple[Micros, ...]
    server: tuple[Micros, ...]


def life(network: Network, seed: int, granularity: int, seconds: float, *, drift_ppm: float = 50.0) -> Life:
    """Device number `seed` on `network`; `granularity` in Micros."""
    oscillator = Oscillator(seed, granularity, network.interruptions, drift_ppm=drift_ppm)
    instants = [look / LOOKS_PER_SECOND for look in range(1, int(seconds * LOOKS_PER_SECOND) + 1)]
    return Life(
        network=network,
        oscillator=oscillator,
        seed=1_000 + seed,
        seconds=seconds,
        local=tuple(Micros(round(oscillator.exact(at))) for at in instants),
        server=tuple(server_micros(at) for at in instants),
    )
