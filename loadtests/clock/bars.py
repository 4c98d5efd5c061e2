"""What our clock is asked to reach on every network, and where it does not."""

from dataclasses import dataclass
from typing import Final

from loadtests.clock.summary import Summary


@dataclass(frozen=True, slots=True)
class Bar:
    """Most that is allowed, in milliseconds; None where the network itself allows no promise."""

    rms_ms: float | None
    p99_ms: float | None


USUAL: Final = Bar(0.1, 0.25)

# What a network cannot give is not asked: on LTE uplink slots alone are 5 ms wide.
EXCEPT: Final = {"path_change": Bar(0.3, None), "lte": Bar(None, None)}

BOUND_TRUE: Final = 0.999
RECOVERED_AFTER_SLEEP_S: Final = 0.5
PROBES_A_MINUTE: Final = 35.0
ESTIMATE_SECONDS: Final = 10e-6


def misses(network: str, found: Summary) -> tuple[str, ...]:
    """Which bars are missed, each in a few words."""
    bar = EXCEPT.get(network, USUAL)
    missed = []
    if bar.rms_ms is not None and found.rms_ms > bar.rms_ms:
        missed.append(f"RMS > {bar.rms_ms}")
    if bar.p99_ms is not None and found.p99_ms > bar.p99_ms:
        missed.append(f"p99 > {bar.p99_ms}")
    if found.bound_true is not None and found.bound_true < BOUND_TRUE:
        missed.append("bound")
    if network == "sleep" and (found.recovered_after_s or 0.0) > RECOVERED_AFTER_SLEEP_S:
        missed.append("recovery")
    if found.probes_a_minute > PROBES_A_MINUTE:
        missed.append("probes")
    return tuple(missed)
