"""One line of an arrangement: who plays what, and where it sits in the mix."""

from dataclasses import dataclass, field
from typing import Final, Literal

from media.composer.instrument import Instrument
from media.composer.rhythm import Feel
from media.composer.score import Note

Stem = Literal["drums", "bass", "other", "vocals"]
STEMS: Final[tuple[Stem, ...]] = ("drums", "bass", "other", "vocals")
"""Names and order of the stems, as separators name them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an arrangement.

    Attributes:
        name: Unique in its song; seeds the unevenness of its playing.
        stem: Where it belongs.
        instrument: What plays it.
        notes: All its notes, in beats from the start of the song.
        loudness: Loudness while it plays, in LU relative to the reference of the mix; the drums of a full band are at
            0.
        feel: How it is played.
        pan: -1 left … 1 right, on top of the instrument's own picture.
        reverb: Share sent to the hall, 0 … 1.
        echo: Share sent to the echo, 0 … 1.
        duck: How far each kick pushes it down, 0 … 1.
        low_cut_hz: High-pass that keeps the bottom free.
        levels_db: (bar, dB) points of slow changes of level, straight lines between them.
        tops_hz: (bar, Hz) points of a low-pass that opens and closes; none means open.
    """

    name: str
    stem: Stem
    instrument: Instrument
    notes: tuple[Note, ...]
    loudness: float = 0.0
    feel: Feel = field(default_factory=Feel)
    pan: float = 0.0
    reverb: float = 0.15
    echo: float = 0.0
    duck: float = 0.0
    low_cut_hz: float = 120.0
    levels_db: tuple[tuple[float, float], ...] = ()
    tops_hz: tuple[tuple[float, float], ...] = ()
