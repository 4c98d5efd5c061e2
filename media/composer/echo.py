"""Echoes in time with the music, left and right in turn."""

import numpy as np

from media.composer.filters import bandpass
from media.composer.samples import Audio, frames_of, silence


def echoed(sound: Audio, delay_seconds: float, feedback: float = 0.42, repeats: int = 5) -> Audio:
    """Only the echoes of `sound`, cut to its length; each is duller, softer and on the other side than the one before."""
    echoes = silence(sound.shape[1])
    mono = bandpass(sound.mean(axis=0), 280, 4_200)
    gain = 1.0
    for number in range(1, repeats + 1):
        start = frames_of(delay_seconds * number)
        if start >= sound.shape[1]:
            break
        near, far = (0, 1) if number % 2 else (1, 0)
        late = mono[: sound.shape[1] - start]
        echoes[near, start:] += late * np.float32(gain)
        echoes[far, start:] += late * np.float32(0.3 * gain)
        gain *= feedback
        mono = bandpass(mono, 280, 3_600)
    return echoes
