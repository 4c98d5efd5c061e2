"""Many devices on one network by one method, in a few figures."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadtests.clock.trial import Outcome


@dataclass(frozen=True, slots=True)
class Summary:
    """Milliseconds, seconds and shares.

    Attributes:
        rms_ms: Root of the mean square of all devices' errors once settled.
        p99_ms: 99 % of them are smaller.
        bound_true: Share of looks at which the truth lay within the certified error; None if the method certifies none.
        half_width_ms: Median certified error.
        known_after_s: Median time from joining until the error stays below a millisecond.
        recovered_after_s: The longest time until it does so again after a sleep, step or change of the path; None if the
            network has none, infinite if a device never did.
        probes_a_minute: Mean, the burst at the start included.
    """

    rms_ms: float
    p99_ms: float
    bound_true: float | None
    half_width_ms: float | None
    known_after_s: float
    recovered_after_s: float | None
    probes_a_minute: float


def summary(outcomes: Sequence[Outcome], seconds: float) -> Summary:
    """What `outcomes`, each `seconds` long, come to."""
    errors = [error for outcome in outcomes for error in outcome.errors]
    bounds = [bound for outcome in outcomes for bound in outcome.bounds]
    looks = sum(outcome.looks for outcome in outcomes)
    recovered = [span for outcome in outcomes for span in outcome.recovered_after]
    return Summary(
        rms_ms=root_mean_square(errors) / 1e3,
        p99_ms=percentile(errors, 99) / 1e3,
        bound_true=1 - sum(outcome.broken for outcome in outcomes) / looks if looks else None,
        half_width_ms=statistics.median(bounds) / 1e3 if bounds else None,
        known_after_s=statistics.median(outcome.known_after for outcome in outcomes),
        recovered_after_s=max(recovered, default=None),
        probes_a_minute=sum(outcome.probes for outcome in outcomes) / len(outcomes) / (seconds / 60),
    )


def root_mean_square(values: Sequence[float]) -> float:
    """Infinite for no values: whoever says nothing is not right."""
    return math.sqrt(sum(value * value for value in values) / len(values)) if values else math.inf


def percentile(values: Iterable[float], percent: int) -> float:
    """Of the absolute values, nearest rank; infinite for none."""
    ranked = sorted(abs(value) for value in values)
    return ranked[min(len(ranked) * percent // 100, len(ranked) - 1)] if ranked else math.inf
