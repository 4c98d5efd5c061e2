"""How the facts of a recording are split between a listing's row and the rest, the same for every engine."""

from typing import Any, Final

import msgspec

from media.recording_facts import RecordingFacts

LISTED: Final = (
    "facts_version",
    "tempo_bpm",
    "tempo_confidence",
    "musical_key",
    "key_confidence",
    "energy_estimate",
    "mood_estimate",
)
"""Fields of `Track` that come from facts; a scan never changes them."""


def listed(facts: RecordingFacts) -> dict[str, Any]:
    """Those fields by name."""
    values = (
        facts.version,
        facts.tempo_bpm,
        facts.tempo_confidence,
        facts.key or None,
        facts.key_confidence,
        facts.energy_estimate,
        facts.mood_estimate or None,
    )
    return dict(zip(LISTED, values, strict=True))


def without_fingerprint(facts: RecordingFacts) -> RecordingFacts:
    """The fingerprint has a column of its own."""
    return msgspec.structs.replace(facts, fingerprint=None)
