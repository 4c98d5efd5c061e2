"""The networks to try synchronisation on, each with where its figures come from.

Nobody publishes one-way delays of home networks with their distribution, so most figures are derived: a base from the
kind of path, a queue that is exponential because that is what a shared medium with random arrivals gives, and the one
trouble that names the model. They are chosen unkind rather than typical.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from loadtests.clock.delays import (
    Delay,
    behind_media,
    between,
    bloat,
    jitter,
    radio_grant,
    retransmission,
    stall,
    together,
)
from loadtests.clock.oscillator import Interruptions


def _exactly(at: float) -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Network:
    """A kind of connection, and what else befalls those who have it.

    Attributes:
        name: What people would call it.
        source: Where the figures come from.
        up: Delay from client to server.
        down: Delay from server to client.
        lopsided_ms: Half the difference of the fastest ways up and down: no probe can see it.
        timer_grid: How coarsely a page's timers fire at a given second, in seconds; 0: exactly.
        interruptions: Sleeps and steps of the client's clock.
        changes: Seconds at which the path changes.
    """

    name: str
    source: str
    up: Delay
    down: Delay
    lopsided_ms: float = 0.0
    timer_grid: Callable[[float], float] = field(default=_exactly)
    interruptions: Interruptions = field(default=Interruptions())
    changes: tuple[float, ...] = ()


def _hidden_tab(at: float) -> float:
    return 0.0 if at < 60 or at > 540 else 1.0


def _silent_tab(at: float) -> float:
    return 0.0 if at < 60 or at > 540 else (1.0 if at < 360 else 60.0)


_WIFI: Final = jitter(0.8, 0.8, 0.02, 10.0)
_BUSY_PAGE: Final = jitter(2.0, 8.0, 0.1, 40.0)

NETWORKS: Final[tuple[Network, ...]] = (
    Network(
        "lan",
        "Gigabit through one switch: 0.15 ms each way through two kernels and an event loop, which now and then is late.",
        jitter(0.15, 0.05, 0.01, 1.0),
        jitter(0.15, 0.05, 0.01, 1.0),
    ),
    Network(
        "wifi_good",
        "802.11 in the same room: 1-2 ms of round trip by ping, a tenth of it backoff; one frame in fifty is repeated slowly.",
        _WIFI,
        _WIFI,
    ),
    Network(
        "wifi_busy",
        "A channel shared with neighbours: median ping 10 ms; one frame in ten waits for a slow sender's burst.",
        jitter(1.0, 6.0, 0.1, 30.0),
        jitter(1.0, 6.0, 0.1, 30.0),
    ),
    Network(
        "lte",
        "18 ms up and 12 down as the research measured its floor of 3 ms; slots of 5 ms up, a radio asleep in 2 % of sends.",
        together(jitter(18.0, 2.0), radio_grant),
        jitter(12.0, 3.0),
        lopsided_ms=3.0,
    ),
    Network(
        "bufferbloat",
        "DSL or cable without queue management (some 200 ms when full); a photo upload of 20 s every 40 s.",
        together(jitter(8.0, 0.5), bloat),
        jitter(8.0, 0.5),
    ),
    Network(
        "server_stall",
        "A server whose loop stands: 50-300 ms, every 10 s, as a garbage collection or a blocking call does.",
        together(jitter(3.0, 0.3), stall),
        jitter(3.0, 0.3),
    ),
    Network(
        "path_change",
        "From second 180 to 360 the way up takes 20 ms more: a route through another city, one direction only.",
        together(jitter(5.0, 0.5), between(180.0, 360.0, 20.0)),
        jitter(5.0, 0.5),
        changes=(180.0, 360.0),
    ),
    Network(
        "sleep",
        "Good Wi-Fi, and a lid that is closed for 45 s: page time stands still, as it does except on Windows.",
        _WIFI,
        _WIFI,
        interruptions=Interruptions(sleeps=((150.0, 45.0),)),
    ),
    Network(
        "clock_set",
        "Good Wi-Fi, and a clock that jumps 80 ms ahead unannounced, as after a short suspension of the process.",
        _WIFI,
        _WIFI,
        interruptions=Interruptions(steps=((300.0, 0.08),)),
    ),
    Network(
        "hidden_tab",
        "Timers once a second, what browsers grant a hidden page that plays; its thread takes replies late.",
        jitter(2.0, 1.0),
        _BUSY_PAGE,
        timer_grid=_hidden_tab,
    ),
    Network(
        "silent_tab",
        "The same page silent: after five minutes its timers fire once a minute (Chrome's intensive throttling).",
        jitter(2.0, 1.0),
        _BUSY_PAGE,
        timer_grid=_silent_tab,
    ),
    Network(
        "lossy_tcp",
        "2 % of loss each way on 30 ms; repeated after 200 ms, then doubled (Linux), everything behind it in order.",
        together(jitter(15.0, 1.0), retransmission),
        together(jitter(15.0, 1.0), retransmission),
    ),
    Network(
        "media_socket",
        "Sound on the same socket (not what this product does): 1.3 s of filling, then 120 ms of every 2 s.",
        jitter(5.0, 0.5),
        together(jitter(5.0, 0.5), behind_media),
    ),
)

NETWORK_OF: Final = {network.name: network for network in NETWORKS}
