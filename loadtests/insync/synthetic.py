"""Recordings that never were: sounds with nothing in them that is like anything else in them, bent by known amounts."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from loadtests.insync.pulse import RATE
from loadtests.insync.recording import Recording, Signal

Sound: TypeAlias = NDArray[np.float64]
"""Samples at 48 kHz, float64, shape (frames,)."""

# Nothing above, as in what Opus leaves, so that an edge is seen where music is not.
_HIGHEST_HERTZ: Final = 12_000
_BEAT: Final = RATE // 3
_DECAY_FRAMES: Final = 4_000
_FADE_FRAMES: Final = RATE // 200
# Points of the sinc on either side; the error is below 1e-4 of the sound for what lies below 12 kHz.
_REACH: Final = 32


def hits(seconds: float, seed: int) -> Sound:
    """Decaying noises on a beat of a third of a second, faded in and out."""
    draws = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE))
    for start in range(0, len(sound), _BEAT):
        length = min(_BEAT, len(sound) - start)
        decay = np.exp(-np.arange(length) / _DECAY_FRAMES)
        sound[start : start + length] = 0.2 * decay * draws.standard_normal(length)
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(len(sound), 1 / RATE) > _HIGHEST_HERTZ] = 0
    whole = np.fft.irfft(spectrum, len(sound))
    # A hard edge at the beginning would be a click.
    ramp = np.square(np.sin(np.linspace(0, np.pi / 2, _FADE_FRAMES)))
    whole[:_FADE_FRAMES] *= ramp
    whole[-_FADE_FRAMES:] *= ramp[::-1]
    return whole


def later(sound: Sound, milliseconds: float) -> Sound:
    """The same, later by any fraction of a sample; what leaves at one end comes in at the other."""
    turns = np.exp(-2j * np.pi * np.fft.rfftfreq(len(sound)) * milliseconds * RATE / 1e3)
    return np.fft.irfft(np.fft.rfft(sound) * turns, len(sound))


def faster(sound: Sound, ppm: float) -> Sound:
    """What a player at another rate would have put out, by windowed-sinc interpolation; silent where the sound is over."""
    at = np.arange(len(sound)) * (1 + 1e-6 * ppm)
    whole = np.floor(at).astype(np.int64)
    padded = np.pad(sound, (_REACH, _REACH + round(len(sound) * abs(ppm) * 1e-6) + 2))
    result = np.zeros(len(sound))
    for tap in range(-_REACH + 1, _REACH + 1):
        distance = at - whole - tap
        weight = np.sinc(distance) * np.cos(np.pi * distance / (2 * (_REACH + 1))) ** 2
        result += weight * padded[whole + tap + _REACH]
    return result


def with_gap(sound: Sound, at: float, milliseconds: float) -> Sound:
    """Nothing sounds from `at` seconds on for so long, with hard edges."""
    cut = sound.copy()
    cut[round(at * RATE) : round(at * RATE + milliseconds * RATE / 1e3)] = 0
    return cut


def with_step(sound: Sound, at: float, frames: int) -> Sound:
    """From `at` seconds on, `frames` are left out (negative: repeated), with a hard edge; as long as before."""
    place = round(at * RATE)
    moved = np.concatenate([sound[:place], sound[place + frames :]])
    return np.pad(moved, (0, max(0, len(sound) - len(moved))))[: len(sound)]


def with_faded_step(sound: Sound, at: float, frames: int) -> Sound:
    """The same behind a fade out and in of 5 ms each, as a careful player does it."""
    place = round(at * RATE)
    moved = with_step(sound, at, frames)
    ramp = np.linspace(1, 0, _FADE_FRAMES)
    moved[place - _FADE_FRAMES : place] *= ramp
    moved[place : place + _FADE_FRAMES] *= ramp[::-1]
    return moved


def signal(sound: Sound) -> Signal:
    """As it is recorded."""
    return sound.astype(np.float32)


def recording_of(*sounds: Sound) -> Recording:
    """What listeners would have heard, both channels alike; the shortest counts."""
    length = min(len(sound) for sound in sounds)
    return Recording(np.repeat(np.stack([signal(sound[:length]) for sound in sounds], axis=1), 2, axis=1))
