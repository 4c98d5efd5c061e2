"""Settings that have a name. The twin is `web/client/src/effects/presets.ts`."""

from collections.abc import Mapping
from typing import Final

from media.effects.settings import (
    ChainSettings,
    CompressorSettings,
    DriveSettings,
    EchoSettings,
    EqualizerSettings,
    LimiterSettings,
    LoudnessSettings,
    ReverbSettings,
)
from media.problem import MediaProblem

PRESETS: Final[Mapping[str, ChainSettings]] = {
    "bass": ChainSettings(EqualizerSettings((6, 5, 3, 1, 0, 0, 0, 0, 0, 0))),
    "treble": ChainSettings(EqualizerSettings((0, 0, 0, 0, 0, 0, 1, 3, 5, 6))),
    "voice": ChainSettings(EqualizerSettings((-6, -4, -2, 0, 1, 3, 4, 2, 0, -2))),
    "small-speaker": ChainSettings(
        EqualizerSettings((-12, -6, 2, 4, 1, 0, 1, 2, 2, 0)),
        compressor=CompressorSettings(threshold_db=-22, ratio=3, knee_db=10, makeup_db=4),
    ),
    "night": ChainSettings(
        compressor=CompressorSettings(threshold_db=-32, ratio=4, knee_db=12, attack_seconds=0.005, release_seconds=0.3),
        loudness=LoudnessSettings(-23),
    ),
    "even": ChainSettings(loudness=LoudnessSettings(-16), limiter=LimiterSettings()),
    "loud": ChainSettings(
        compressor=CompressorSettings(threshold_db=-20, ratio=2.5, knee_db=8, makeup_db=3),
        loudness=LoudnessSettings(-11),
        limiter=LimiterSettings(release_seconds=0.06),
    ),
    "warm": ChainSettings(
        EqualizerSettings((2, 2, 1, 0, 0, 0, 0, -1, -2, -3)), DriveSettings(amount_db=6, tone_hz=9000, level_db=-2)
    ),
    "overdriven": ChainSettings(drive=DriveSettings(amount_db=24, tone_hz=6000, level_db=-9)),
    "slapback": ChainSettings(echo=EchoSettings(delay_seconds=0.11, feedback=0.1, mix=0.4, tone_hz=5000)),
    "canyon": ChainSettings(
        echo=EchoSettings(delay_seconds=0.6, feedback=0.55, mix=0.35, tone_hz=2500), reverb=ReverbSettings("hall", 0.2)
    ),
    "room": ChainSettings(reverb=ReverbSettings("room", 0.2)),
    "hall": ChainSettings(reverb=ReverbSettings("hall", 0.3)),
    "cathedral": ChainSettings(reverb=ReverbSettings("cathedral", 0.4)),
}


def preset(name: str) -> ChainSettings:
    """The settings of that name.

    Raises:
        MediaProblem: ``unknown-preset``.
    """
    settings = PRESETS.get(name)
    if settings is None:
        raise MediaProblem("unknown-preset", f"there is no preset {name!r}; there are {', '.join(PRESETS)}")
    return settings
