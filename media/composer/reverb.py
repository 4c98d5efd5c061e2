"""Rooms: convolution with an impulse response made of decaying noise."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import oaconvolve

from media.composer.envelopes import fading
from media.composer.filters import bandpass, highpass, lowpass
from media.composer.samples import SAMPLE_RATE, Audio, ease_ends, frames_of


@dataclass(frozen=True, slots=True)
class Hall:
    """A room to play in.

    Attributes:
        seconds: Time for the middle of the spectrum to fall by 60 dB.
        pre_delay: Seconds before the first reflection.
        brightness: Decay of the highs relative to the middle, 0.2 … 1.
    """

    seconds: float = 1.8
    pre_delay: float = 0.018
    brightness: float = 0.45


@lru_cache(maxsize=16)
def impulse_response(hall: Hall) -> Audio:
    """Stereo response, unit energy per channel, the two sides independent; the same for the same hall.

    Noise in three bands with decays of their own (air swallows highs), swelling over 30 ms, after eight early
    reflections.

    Source: J. A. Moorer, "About this reverberation business", CMJ 3(2) 1979: exponentially decaying noise is a
    convincing hall.
    """
    random = np.random.default_rng(23)
    frames = frames_of(hall.seconds * 1.15)
    white = random.standard_normal((2, frames), dtype=np.float32)
    tail = lowpass(white, 400, 1) * fading(frames, hall.seconds * 1.05) * np.float32(0.9)
    tail += bandpass(white, 400, 3_200) * fading(frames, hall.seconds)
    tail += (
        lowpass(highpass(white, 3_200, 1), 9_000, 1) * fading(frames, hall.seconds * hall.brightness) * np.float32(0.8)
    )
    swell = frames_of(0.03)
    tail[:, :swell] *= np.linspace(0, 1, swell, dtype=np.float32) ** 1.5
    for number in range(8):
        for side in range(2):
            place = frames_of(0.004 + 0.007 * number + 0.005 * float(random.random()))
            tail[side, place] += np.float32(2.2 * 0.8**number * (1 if random.random() < 0.5 else -1))
    delayed = np.concatenate([np.zeros((2, frames_of(hall.pre_delay)), np.float32), tail], axis=1)
    delayed /= np.sqrt(np.sum(delayed**2, axis=1, keepdims=True))
    return ease_ends(delayed, in_frames=1, out_frames=SAMPLE_RATE // 10)


def reverberated(sound: Audio, hall: Hall) -> Audio:
    """Only the room's answer to `sound`, cut to its length. Lows below 220 Hz stay dry, so the bottom does not blur."""
    response = impulse_response(hall)
    sent = highpass(sound, 220, 2)
    return np.stack([oaconvolve(sent[side], response[side])[: sound.shape[1]] for side in range(2)]).astype(np.float32)
