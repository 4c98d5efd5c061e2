"""Integer time and sample counts: the two quantities every part of Hathor RT agrees on.

All times are whole microseconds and all lengths of sound whole sample frames at 48 kHz, so that Python, TypeScript
(float64, exact below 2^53) and storage compute identical values. 2^53 us is 285 years.
"""

from typing import Final, NewType

Micros = NewType("Micros", int)
"""Microseconds: an instant on a stated clock (suffix ``_at``), a position in a track, or a span of time."""

SampleCount = NewType("SampleCount", int)
"""Sample frames at `SAMPLE_RATE` (one frame holds one sample of every channel)."""

MICROS_PER_SECOND: Final = 1_000_000

# Every rendition, player and timeline runs at one rate: it is what browsers, Opus and sound cards use natively.
SAMPLE_RATE: Final = 48_000


def micros_of_samples(frames: SampleCount) -> Micros:
    """Length of `frames` sample frames, rounded down to whole microseconds. Exact for multiples of 6 frames."""
    return Micros(frames * 125 // 6)


def samples_of_micros(span: Micros) -> SampleCount:
    """Whole sample frames that fit in `span` (rounded down; negative spans round towards minus infinity)."""
    return SampleCount(span * 6 // 125)
