"""How loud a track is played: every track equally loud, none distorted."""

from typing import Final

TARGET_LUFS: Final = -14.0
"""What large streaming services play at; Source: AES TD1008 (2021) recommends -14 LUFS for distribution of music."""
CEILING_DB: Final = -1.0
"""Room for what decoders of lossy formats add; Source: AES TD1008, EBU R 128 s2."""


def gain_db(loudness_lufs: float | None, true_peak_db: float | None) -> float:
    """Gain in dB, two decimals, that brings a track to -14 LUFS without its true peak passing -1 dB.

    Args:
        loudness_lufs: None if nothing was loud or long enough to be measured: the level is then left, but for the ceiling.
        true_peak_db: None for digital silence.
    """
    wanted = 0.0 if loudness_lufs is None else TARGET_LUFS - loudness_lufs
    if true_peak_db is not None:
        wanted = min(wanted, CEILING_DB - true_peak_db)
    return round(wanted, 2)
