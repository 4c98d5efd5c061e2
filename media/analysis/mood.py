"""An estimate of a recording's mood: how bright its feeling is, and one word for that and its energy.

A rule of thumb, not a measurement: major keys, quick tempi and bright sound are taken for cheerful, as listeners mostly do
(P. Juslin and J. Sloboda, "Handbook of Music and Emotion", 2010, chapter 14, says for what music that holds). Nobody was asked.
"""

import math
from typing import Final, Literal

Mood = Literal["lively", "intense", "serene", "wistful"]

_MODE_SHARE: Final = 0.25
_TEMPO_SHARE: Final = 0.15
_BRIGHTNESS_SHARE: Final = 0.1
_MIDDLE: Final = 0.5


def valence_estimate(key: str, key_confidence: float, tempo_bpm: float | None, brightness_hz: float) -> float:
    """0 dark … 1 bright; 0.5 where nothing speaks for either.

    Args:
        key: Like ``F# minor``, or empty.
        key_confidence: 0 … 1: an uncertain key says little.
        tempo_bpm: None: not known.
        brightness_hz: `OnsetStrength.brightness_hz`.
    """
    mode = {"major": 1.0, "minor": -1.0}.get(key.rpartition(" ")[2], 0.0)
    pace = 0.0 if tempo_bpm is None else _within((tempo_bpm - 100) / 60)
    shine = _within((brightness_hz - 700) / 700)
    found = _MIDDLE + _MODE_SHARE * mode * math.sqrt(key_confidence) + _TEMPO_SHARE * pace + _BRIGHTNESS_SHARE * shine
    return round(found, 3)


def mood_of(energy: float, valence: float) -> Mood:
    """The word for two estimates."""
    if energy >= _MIDDLE:
        return "lively" if valence >= _MIDDLE else "intense"
    return "serene" if valence >= _MIDDLE else "wistful"


def _within(value: float) -> float:
    return min(1.0, max(-1.0, value))
