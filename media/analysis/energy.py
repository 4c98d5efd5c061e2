"""An estimate of how much energy a recording has: 0 quiet and slow, 1 loud and busy.

A rule of thumb, not a measurement: loudness, how much begins, and how bright it is, each between what soft ambient music and
what loud dance music have, added up. Nobody was asked.
"""

from typing import Final

# What counts as nothing and what as all: LUFS, onset strength, mean frequency.
_LOUDNESS_LUFS: Final = (-30.0, -8.0)
_ONSETS: Final = (1.0, 4.0)
_BRIGHTNESS_HZ: Final = (400.0, 1_200.0)
_SHARES: Final = (0.35, 0.4, 0.25)


def energy_estimate(loudness_lufs: float, onset_strength: float, brightness_hz: float) -> float:
    """0 … 1.

    Args:
        loudness_lufs: Integrated loudness.
        onset_strength: Mean of `OnsetStrength.strengths`.
        brightness_hz: `OnsetStrength.brightness_hz`.
    """
    parts = (
        _between(loudness_lufs, *_LOUDNESS_LUFS),
        _between(onset_strength, *_ONSETS),
        _between(brightness_hz, *_BRIGHTNESS_HZ),
    )
    return round(sum(share * part for share, part in zip(_SHARES, parts, strict=True)), 3)


def _between(value: float, least: float, most: float) -> float:
    return min(1.0, max(0.0, (value - least) / (most - least)))
