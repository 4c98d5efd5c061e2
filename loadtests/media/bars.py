"""What our engine for music has to reach, and how a figure is written."""

from dataclasses import dataclass
from typing import Final

from loadtests.media.trial import TEMPOS, Figures


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of the table.

    Attributes:
        name: As in `Figures`.
        title: With its unit.
        bar: The worst that is good enough; None: none was set.
        is_high_better: Whether more is better.
        digits: Behind the point.
    """

    name: str
    title: str
    bar: float | None = None
    is_high_better: bool = False
    digits: int = 2

    def worst(self, figures: Figures) -> float:
        """The worst signal's value."""
        return min(figures[self.name]) if self.is_high_better else max(figures[self.name])

    def is_missed(self, figures: Figures) -> bool:
        """Whether the worst value is worse than the bar."""
        if self.bar is None:
            return False
        return self.worst(figures) < self.bar if self.is_high_better else self.worst(figures) > self.bar


COLUMNS: Final = (
    *(Column(f"cpu {tempo}", f"CPU ms/s at {tempo}", 4.5, digits=1) for tempo in TEMPOS),
    Column("sine", "sine SNR, dB", 70, is_high_better=True, digits=0),
    Column("phase", "stereo phase, °", 0.01, digits=4),
    Column("identity", "rate 1, dB", 120, is_high_better=True, digits=0),
    Column("pre-echo", "pre-echo, dB", -45, digits=0),
    Column("doubled", "doubled hits", 0, digits=1),
    Column("lost", "lost hits", 0, digits=1),
    Column("offset", "hit off by, ms", digits=2),
    Column("convergence", "chords, convergence", 0.26, digits=3),
    Column("mel", "chords, mel dB", 2.9),
    Column("length", "length off by, ms", 1.0, digits=3),
)
PITCH_COLUMNS: Final = (
    Column("pitch cpu", "CPU ms/s", 6.0, digits=1),
    Column("pitch sine", "sine SNR, dB", is_high_better=True, digits=0),
    Column("cents", "cents off", 5.0, digits=3),
    Column("pitch mel", "chords, mel dB"),
    Column("formant mel", "vowels with formants, mel dB", 3.0),
    Column("formant cpu", "CPU ms/s with formants", digits=1),
)


def misses(figures: Figures) -> tuple[str, ...]:
    """Titles of the bars that are not reached by every signal."""
    return tuple(
        f"{'pitch: ' if column in PITCH_COLUMNS else ''}{column.title}"
        for column in (*COLUMNS, *PITCH_COLUMNS)
        if column.is_missed(figures)
    )
