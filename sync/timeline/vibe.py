"""How a room bends what it plays: tempo and pitch, each by itself, the same for all who listen.

The tempo is the rate of the transport's line, so positions stay lines over time; pitch and formants move nothing in time.
"""

from dataclasses import dataclass, replace
from typing import Final

# Beyond these speech and music fall apart, and players would need more than the segments they prefetch.
SLOWEST_PERMILLE: Final = 500
FASTEST_PERMILLE: Final = 2000
MOST_PITCH_CENTS: Final = 1200


@dataclass(frozen=True, slots=True)
class Vibe:
    """A choice; the defaults are the recording as it is.

    Attributes:
        tempo_permille: Thousandths of the recorded tempo, 500 … 2000. The pitch stays.
        pitch_cents: Transposition, -1200 … 1200. The tempo stays.
        keeps_formants: Voices keep their character under transposition.
    """

    tempo_permille: int = 1000
    pitch_cents: int = 0
    keeps_formants: bool = False

    @property
    def clamped(self) -> "Vibe":
        """The nearest that a room can have."""
        tempo = min(max(self.tempo_permille, SLOWEST_PERMILLE), FASTEST_PERMILLE)
        pitch = min(max(self.pitch_cents, -MOST_PITCH_CENTS), MOST_PITCH_CENTS)
        return replace(self, tempo_permille=tempo, pitch_cents=pitch)

    @property
    def sound(self) -> "Vibe":
        """The same sound under one name: formants need no keeping where the pitch stays."""
        return replace(self, keeps_formants=self.keeps_formants and self.pitch_cents != 0)


PLAIN: Final = Vibe()
"""The recording as it is."""
