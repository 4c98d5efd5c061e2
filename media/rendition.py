"""What to make of a recording, and the key it is kept under.

A rendition is a recording at a tempo, pitch, formant setting, stem set, codec and quality, made by a stated version of
our algorithms. Its key is a hash of exactly that, so the same wish is rendered once however many ask. Fader gains and
effects are no part of it: they run in the client.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from media.bend import Bend

# Raise when the bytes of a rendition change for the same inputs; old cache entries then simply stop being found. That includes
# the grid of spans (`media/spans/grid.py`) and the engine that makes them.
ALGORITHM_VERSION: Final = 1

Codec = Literal["opus", "flac"]


@dataclass(frozen=True, slots=True)
class Rendition:
    """A wish. Defaults are the recording as it is.

    Attributes:
        source: Audio hash of the recording.
        tempo_permille: Speed in thousandths, 500 … 2000.
        pitch_cents: Transposition in cents, -1200 … 1200.
        keeps_formants: Voices keep their character under transposition.
        stems: Names of the stems to hear; empty means the whole mix.
        codec: "opus" or "flac".
        kilobits: Opus bit rate in kbit/s; 0 for FLAC.
    """

    source: str
    codec: Codec = "opus"
    kilobits: int = 128
    tempo_permille: int = 1000
    pitch_cents: int = 0
    keeps_formants: bool = False
    stems: frozenset[str] = frozenset()

    @property
    def bend(self) -> Bend:
        """What is done to time and pitch.

        Raises:
            ValueError: Tempo or pitch are beyond their range.
        """
        return Bend(self.tempo_permille, self.pitch_cents, self.keeps_formants)

    @property
    def key(self) -> str:
        """32 hex characters: BLAKE2b-128 over the canonical MessagePack of all fields and the algorithm version."""
        canonical = msgspec.msgpack.encode(
            [
                ALGORITHM_VERSION,
                self.source,
                self.codec,
                self.kilobits if self.codec == "opus" else 0,
                self.tempo_permille,
                self.pitch_cents,
                self.keeps_formants,
                sorted(self.stems),
            ]
        )
        return hashlib.blake2b(canonical, digest_size=16).hexdigest()
