"""What devices play to be measured: short sweeps whose instant can be told to a part of a sample, however faint they are.

The page plays, and finds, the same ones (`web/client/src/measuring/chirp.ts`); shared vectors hold both together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sync.units import Micros

CHIRP_SECONDS: Final = 0.2

# Small loudspeakers play from about 1 kHz on; above 7 kHz they point at somebody.
_LOWEST_HERTZ: Final = 1_000
_HIGHEST_HERTZ: Final = 7_000

# Long enough not to click.
_FADE_SECONDS: Final = 0.02

# Plainly heard and far from the loudest a device can do.
_PEAK: Final = 0.25


@dataclass(frozen=True, slots=True)
class ChirpPlan:
    """When which device chirps: the part of a sound check that says so.

    Attributes:
        starts_at: Room instant of the first chirp.
        slot: Micros from one chirp to the next.
        rounds: How often each device chirps.
        devices: Connections, in the order in which they chirp.
    """

    starts_at: Micros
    slot: Micros
    rounds: int
    devices: Sequence[str]


@dataclass(frozen=True, slots=True)
class Chirp:
    """One chirp of a plan.

    Attributes:
        device: Its place in `devices`.
        round: Which round, from 0.
        at: Room instant at which it is to be heard.
        is_rising: From the lowest to the highest tone; otherwise back.
    """

    device: int
    round: int
    at: Micros
    is_rising: bool


def chirp_at(seconds: float, *, is_rising: bool) -> float:
    """The chirp `seconds` after its beginning, -0.25 … 0.25; 0 before it and after its end."""
    if seconds <= 0 or seconds >= CHIRP_SECONDS:
        return 0.0
    first, last = (_LOWEST_HERTZ, _HIGHEST_HERTZ) if is_rising else (_HIGHEST_HERTZ, _LOWEST_HERTZ)
    turns = first * seconds + ((last - first) * seconds * seconds) / (2 * CHIRP_SECONDS)
    edge = min(seconds, CHIRP_SECONDS - seconds) / _FADE_SECONDS
    fade = 1.0 if edge >= 1 else (1 - math.cos(math.pi * edge)) / 2
    return _PEAK * fade * math.sin(2 * math.pi * turns)


def chirp_samples(rate: int, *, is_rising: bool) -> list[float]:
    """All of it at `rate` samples a second."""
    return [chirp_at(index / rate, is_rising=is_rising) for index in range(math.ceil(CHIRP_SECONDS * rate))]


def chirps_of(plan: ChirpPlan) -> tuple[Chirp, ...]:
    """All chirps of a plan in their order.

    Neighbours run in opposite directions, so that a late one is not taken for the next.
    """
    count = len(plan.devices)
    return tuple(
        Chirp(index % count, index // count, Micros(plan.starts_at + index * plan.slot), index % 2 == 0)
        for index in range(plan.rounds * count)
    )
