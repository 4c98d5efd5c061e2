"""What listening to a recording from end to end tells about it. Free of numpy, so the server may import it.

Facts travel from a worker to the server as a file: one MessagePack value, a `RecordingFacts`.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

FACTS_VERSION: Final = 1
"""Raise when a measurement tells something else than before: recordings measured by another version are measured again."""


class RecordingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts, and two estimates that are called so.

    Frames are at 48 kHz. What cannot be told (of silence, of some seconds, of noise) is None, empty or 0.
    """

    version: int = FACTS_VERSION
    loudness_lufs: float | None = None
    """Integrated; None if nothing was loud or long enough."""
    true_peak_db: float | None = None
    """None for digital silence."""
    audible_from: int | None = None
    """First frame above -60 dB of full scale; None for silence."""
    audible_until: int | None = None
    """The frame after the last one above it."""
    tempo_bpm: float | None = None
    tempo_confidence: float = 0.0
    """0 … 1. Half and double tempo are the usual mistakes (`media/analysis/tempo.py`)."""
    is_tempo_steady: bool = False
    beats: list[int] = msgspec.field(default_factory=list)
    """Frames of all beats, ascending; the first beat is the first of them."""
    key: str = ""
    """Like ``F# minor``; empty: none."""
    key_confidence: float = 0.0
    """0 … 1. The relative key and the one a fifth away are the usual mistakes."""
    tuning_cents: float = 0.0
    """Distance from A = 440 Hz, -50 … 50."""
    brightness_hz: float | None = None
    """Mean frequency of the spectrum up to 5.5 kHz."""
    onset_strength: float = 0.0
    """Mean rise of the spectrum per hundredth of a second: how much happens."""
    energy_estimate: float | None = None
    """0 … 1, quiet and slow to loud and busy; a rule of thumb (`media/analysis/energy.py`). None for silence."""
    valence_estimate: float | None = None
    """0 … 1, dark to bright; a rule of thumb (`media/analysis/mood.py`)."""
    mood_estimate: str = ""
    """One word for the two estimates: ``lively``, ``intense``, ``serene`` or ``wistful``; empty: none."""
    fingerprint: bytes | None = None
    """Chromaprint words of the first two minutes, uint32 little endian; None: libchromaprint is not installed."""


Findings = Mapping[str, float | int | str | bool | bytes | list[int] | None]
"""What one measurement adds: values by field of `RecordingFacts`."""

_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(RecordingFacts)


def facts_to_bytes(facts: RecordingFacts) -> bytes:
    """The content of a facts file."""
    return _encoder.encode(facts)


def facts_from_bytes(content: bytes) -> RecordingFacts:
    """The facts in a file. Raises `ValueError` if it holds none."""
    try:
        return _decoder.decode(content)
    except msgspec.DecodeError as error:
        raise ValueError(f"expected the facts of a recording: {error}") from error
