"""Stretches of a recording that are judged by themselves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was done to one listener's device.

    Attributes:
        victim: Its card.
        began: Frame of the recording at which it began; `ended` at which it was over.
    """

    victim: int
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the recording in which all listeners should hear the same.

    Attributes:
        name: What was done before it.
        start: First frame that counts.
        end: Frame after the last.
        began: When it began, in seconds of the monotonic clock; `ended` when it ended.
        answer_seconds: From the click to the first (or, for a pause, last) sound of the slower listener.
        fault: What happened to one of them within it.
        plot_from: Instant of the monotonic clock from which plots count: when the youngest AudioContext began to run.
    """

    name: str
    start: int
    end: int
    began: float
    ended: float
    answer_seconds: float | None = None
    fault: Fault | None = None
    plot_from: float | None = None
