"""What a trial is: devices, what they do, and the bars its figures are held against."""

from collections.abc import Callable
from dataclasses import dataclass

from loadtests.insync.stage import Device, Stage


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit for one figure of one phase.

    Attributes:
        phase: Name of the phase, or its beginning and ``*`` for all that begin so, taken together.
        figure: A name in `loadtests.insync.verdicts.FIGURES`.
        most: What it may be at most; None: it is told, and nothing is asked.
    """

    phase: str
    figure: str
    most: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One scenario.

    Attributes:
        name: For `--only`.
        title: What happens, for people.
        devices: Who takes part, by card.
        play: Does it; leaves phases and measured figures in the stage.
        bars: What is asked.
        is_reference: Whether another product's method plays instead of ours; its figures are told, nothing is asked.
    """

    name: str
    title: str
    devices: tuple[Device, ...]
    play: Callable[[Stage, float], None]
    bars: tuple[Bar, ...]
    is_reference: bool = False


def spread_bars(phase: str, median: float | None, p95: float | None, largest: float | None) -> tuple[Bar, ...]:
    """Bars for the three figures of a phase's distances, in milliseconds."""
    return (Bar(phase, "median", median), Bar(phase, "p95", p95), Bar(phase, "max", largest))


def faultless(phase: str) -> tuple[Bar, ...]:
    """Nothing to be heard that should not be."""
    return (Bar(phase, "clicks", 0), Bar(phase, "silences", 0))
