"""How a recording is bent: its tempo and its pitch, each by itself. Free of numpy, so the server may import it.

The map between a bent rendition and its recording is exact. Frame n of the rendition is the sound at recording position
n * tempo_permille / 1000 (in frames at 48 kHz, a fraction in general), for every n: pitch and formants move nothing in time, and
no rounding adds up along a track. A rendition has as many frames as have their position inside the recording in full.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

LEAST_TEMPO_PERMILLE: Final = 500
MOST_TEMPO_PERMILLE: Final = 2000
MOST_PITCH_CENTS: Final = 1200
HEADROOM_DB: Final = 6.02
"""By so much segments of bent renditions are softer than their sound: a factor of two, as binary numbers have it exactly.

A loud master keeps its peaks down by its phases, which bending moves: of four songs limited to full scale up to 0.9 percent of
the samples came out above it, none by more than 7 dB, which 16 bits would cut off. What is told with them takes it back.
"""
_PERMILLE: Final = 1000
_CENTS_PER_OCTAVE: Final = 1200


@dataclass(frozen=True, slots=True)
class Bend:
    """What is done to a recording's time and pitch. Defaults: nothing.

    Attributes:
        tempo_permille: Speed in thousandths, 500 … 2000.
        pitch_cents: Transposition in cents, -1200 … 1200.
        keeps_formants: Voices keep their character under transposition.

    Raises:
        ValueError: A value is beyond its range.
    """

    tempo_permille: int = _PERMILLE
    pitch_cents: int = 0
    keeps_formants: bool = False

    def __post_init__(self) -> None:
        if not LEAST_TEMPO_PERMILLE <= self.tempo_permille <= MOST_TEMPO_PERMILLE:
            raise ValueError(f"expected a tempo of 500 to 2000 thousandths, got {self.tempo_permille}")
        if not -MOST_PITCH_CENTS <= self.pitch_cents <= MOST_PITCH_CENTS:
            raise ValueError(f"expected a pitch of -1200 to 1200 cents, got {self.pitch_cents}")

    @property
    def is_plain(self) -> bool:
        """Whether nothing changes: neither tempo nor pitch (formants follow the pitch, which stays)."""
        return self.tempo_permille == _PERMILLE and self.pitch_cents == 0

    @property
    def normal(self) -> "Bend":
        """The same sound under one name: formants need no keeping where the pitch stays."""
        return Bend(self.tempo_permille) if self.pitch_cents == 0 else self

    @property
    def pitch_ratio(self) -> float:
        """Factor of all frequencies."""
        return float(2.0 ** (self.pitch_cents / _CENTS_PER_OCTAVE))

    @property
    def headroom_db(self) -> float:
        """By how much its segments are softer than its sound."""
        return 0.0 if self.is_plain else HEADROOM_DB

    def frames_of(self, recording_frames: int) -> int:
        """Length of the rendition of a recording of so many frames; at least one frame of any sound at all."""
        return max(min(1, recording_frames), recording_frames * _PERMILLE // self.tempo_permille)

    def recording_position(self, frame: int) -> Fraction:
        """Where in the recording (in its frames) the sound of the rendition's frame `frame` comes from."""
        return Fraction(frame * self.tempo_permille, _PERMILLE)

    def frame_at(self, recording_frame: int) -> int:
        """The rendition's frame that sounds at or just before the recording's frame `recording_frame`."""
        return recording_frame * _PERMILLE // self.tempo_permille


PLAIN: Final = Bend()
"""The recording as it is."""
