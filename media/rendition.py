"""What to make of a recording, and the key it is kept under.

A rendition is a recording, or a stem of it, at a tempo, pitch, formant setting, codec and quality, made by a stated version of
our algorithms. Its key is a hash of exactly that, so the same wish is rendered once however many ask. Fader gains and
effects are no part of it: they run in the client.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from media.bend import HEADROOM_DB, Bend

# Raise when the bytes of a rendition change for the same inputs; old cache entries then simply stop being found. That includes
# the grid of spans (`media/spans/grid.py`) and the engine that makes them.
ALGORITHM_VERSION: Final = 3

STEM_HEADROOM_DB: Final = HEADROOM_DB
"""By so much stems are kept softer than they are, a factor of two: one may be louder than full scale while the mix is not."""

Codec = Literal["opus", "flac"]

# The rungs of Opus that listeners choose between, in kbit/s; above them stands FLAC.
OPUS_KILOBITS: Final = (48, 96, 160)
# What is made before anybody asks, and what is sent to whoever names no rung.
STANDARD_KILOBITS: Final = 160


@dataclass(frozen=True, slots=True)
class Rendition:
    """A wish. Defaults are the recording as it is.

    Attributes:
        source: Audio hash of the recording.
        tempo_permille: Speed in thousandths, 500 … 2000.
        pitch_cents: Transposition in cents, -1200 … 1200.
        keeps_formants: Voices keep their character under transposition.
        stem: The one stem to hear; empty means the whole mix.
        model: Which separation model made it, with its files (`media/stem_models.py`); empty for the mix.
        codec: "opus" or "flac".
        kilobits: Opus bit rate in kbit/s, one of `OPUS_KILOBITS` where listeners ask; 0 for FLAC.
    """

    source: str
    codec: Codec = "opus"
    kilobits: int = STANDARD_KILOBITS
    tempo_permille: int = 1000
    pitch_cents: int = 0
    keeps_formants: bool = False
    stem: str = ""
    model: str = ""

    @property
    def bend(self) -> Bend:
        """What is done to time and pitch.

        Raises:
            ValueError: Tempo or pitch are beyond their range.
        """
        return Bend(self.tempo_permille, self.pitch_cents, self.keeps_formants)

    @property
    def sound(self) -> str:
        """Name of the sound that is bent and encoded: the recording, or a stem of it."""
        return f"{self.source}/{self.model}/{self.stem}" if self.stem else self.source

    @property
    def headroom_db(self) -> float:
        """By how much its segments are softer than its sound."""
        return self.bend.headroom_db + (STEM_HEADROOM_DB if self.stem else 0.0)

    @property
    def quality(self) -> str:
        """The rung of the ladder, as it is counted: "opus-160", "flac"."""
        return f"opus-{self.kilobits}" if self.codec == "opus" else "flac"

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
                [self.model, self.stem] if self.stem else [],
            ]
        )
        return hashlib.blake2b(canonical, digest_size=16).hexdigest()
