"""A sung voice: a glottal wave through the formants of vowels, phrase by phrase, with breath, glides and vibrato.

It sings vowels and soft openings, no words: "m" and "d" before a vowel hum or close the lips for a moment.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from media.compiled import compiled
from media.composer.filters import bandpass
from media.composer.oscillators import noise, saw, steps
from media.composer.rhythm import Event
from media.composer.samples import SAMPLE_RATE, Audio, frames_of, lay, pan_gains, silence

# Formants are moved every millisecond and a third.
_CONTROL_FRAMES: Final = 64

# Frequencies (Hz), levels (dB) and bandwidths (Hz) of five formants for an alto.
# Source: the table of singers' formants in the Csound reference manual, appendix D, rounded; levels of the upper two
# softened.
VOWELS: Final[Mapping[str, tuple[tuple[float, float, float], ...]]] = {
    "ah": ((800, 0, 80), (1150, -5, 90), (2800, -24, 130), (3500, -30, 140), (4950, -52, 160)),
    "oh": ((450, 0, 70), (800, -9, 80), (2830, -22, 110), (3500, -30, 130), (4950, -55, 160)),
    "oo": ((325, 0, 60), (700, -14, 70), (2530, -32, 170), (3500, -42, 180), (4950, -64, 200)),
    "eh": ((500, 0, 70), (1650, -16, 90), (2700, -26, 120), (3400, -32, 150), (4950, -60, 180)),
    "ee": ((350, 0, 60), (1750, -22, 100), (2700, -28, 120), (3700, -36, 150), (4950, -60, 180)),
    "mm": ((270, -4, 70), (950, -26, 140), (2200, -36, 180), (3300, -44, 200), (4950, -70, 220)),
}

Controls = npt.NDArray[np.float64]


@compiled
def _through_formants(source: Audio, hertz: Controls, gains: Controls, widths: Controls, control_frames: int) -> Audio:
    """Parallel two-pole resonators, coefficients interpolated nowhere but short enough (64 frames) and with state kept."""
    voices = hertz.shape[1]
    sound = np.zeros(source.size, np.float32)
    for formant in range(voices):
        y1 = 0.0
        y2 = 0.0
        x2 = 0.0
        x1 = 0.0
        sign = 1.0 if formant % 2 == 0 else -1.0
        gain_now = gains[0, formant]
        for block in range(hertz.shape[0]):
            radius = math.exp(-math.pi * widths[block, formant] / 48_000.0)
            a1 = 2.0 * radius * math.cos(2.0 * math.pi * hertz[block, formant] / 48_000.0)
            a2 = -radius * radius
            scale = 0.5 * (1.0 - radius * radius)
            gain_step = (gains[block, formant] - gain_now) / control_frames
            for frame in range(block * control_frames, min((block + 1) * control_frames, source.size)):
                x = float(source[frame])
                y = scale * (x - x2) + a1 * y1 + a2 * y2
                x2 = x1
                x1 = x
                y2 = y1
                y1 = y
                gain_now += gain_step
                sound[frame] += sign * gain_now * y
    return sound


def phrases(events: Sequence[Event], pause_seconds: float = 0.18) -> tuple[tuple[Event, ...], ...]:
    """Cut a line into what is sung in one breath: a new phrase where the voice was silent for `pause_seconds`."""
    found: list[list[Event]] = []
    for event in events:
        if found and event.at_second - (found[-1][-1].at_second + found[-1][-1].seconds) < pause_seconds:
            found[-1].append(event)
        else:
            found.append([event])
    return tuple(tuple(phrase) for phrase in found)


@dataclass(frozen=True, slots=True)
class Singer:
    """One or several singers in unison.

    Attributes:
        singers: How many; each has its own small errors of pitch and time.
        breath: 0 none … 1 whispered.
        vibrato_cents: Depth on held notes.
        size: Multiplies all formants; below 1 is a larger, darker voice.
        width: 0 mono … 1: singers spread over the stereo picture.
    """

    singers: int = 1
    breath: float = 0.25
    vibrato_cents: float = 28.0
    size: float = 1.0
    width: float = 0.5

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """See `Instrument.play`."""
        buffer = silence(frames)
        for number in range(self.singers):
            side = 0.0 if self.singers == 1 else (2 * number / (self.singers - 1) - 1) * self.width
            left, right = pan_gains(side)
            cents = float(random.standard_normal()) * 6 if number else 0.0
            late = float(random.random()) * 0.025 if number else 0.0
            for phrase in phrases(events):
                start = frames_of(max(0.0, phrase[0].at_second - 0.03 + late))
                lay(self._sing(phrase, cents, random), buffer, start, left, right)
        return buffer

    def _sing(self, phrase: Sequence[Event], cents: float, random: np.random.Generator) -> Audio:
        origin = phrase[0].at_second - 0.03
        blocks = frames_of(phrase[-1].at_second + phrase[-1].seconds - origin + 0.35) // _CONTROL_FRAMES + 1
        seconds: Controls = np.arange(blocks, dtype=np.float64) * (_CONTROL_FRAMES / SAMPLE_RATE)
        pitch = self._pitch(phrase, origin, seconds, random) + cents / 100
        level = _levels(phrase, origin, seconds)
        hertz, gains, widths = self._formants(phrase, origin, seconds, pitch)
        count = blocks * _CONTROL_FRAMES
        places = np.arange(count) / _CONTROL_FRAMES
        frequency = 440.0 * 2.0 ** ((np.interp(places, np.arange(blocks), pitch) - 69) / 12)
        loud = np.interp(places, np.arange(blocks), level).astype(np.float32)
        glottis = saw(steps(frequency, count), float(random.random()))
        air = bandpass(noise(count, random), 700, 5200)
        # Air rushes mostly while the folds are open: with the wave, not against it.
        source = glottis + air * np.float32(self.breath) * (np.float32(0.6) + np.float32(0.4) * glottis)
        return _through_formants(source * loud, hertz, gains, widths, _CONTROL_FRAMES)

    def _pitch(
        self, phrase: Sequence[Event], origin: float, seconds: Controls, random: np.random.Generator
    ) -> Controls:
        """Glides between notes, a scoop into the first, vibrato that grows on held notes, slow drift."""
        pitch = np.full(seconds.size, phrase[0].pitch, np.float64)
        depth = np.zeros(seconds.size)
        before = phrase[0].pitch - 1.2
        for event in phrase:
            since = seconds - (event.at_second - origin)
            inside = since >= -0.03
            glide = 1 / (1 + np.exp(-np.clip((since - 0.03) / 0.016, -30, 30)))
            pitch[inside] = (before + (event.pitch - before) * glide)[inside]
            depth[inside] = (np.clip((since - 0.28) / 0.5, 0, 1) * self.vibrato_cents / 100)[inside]
            before = event.pitch
        rate = 5.3 + 0.25 * float(random.standard_normal())
        drift = np.convolve(random.standard_normal(seconds.size + 300), np.ones(301) / 301, "valid") * 0.5
        return np.asarray(
            pitch + depth * np.sin(2 * np.pi * rate * seconds + float(random.random())) + drift, np.float64
        )

    def _formants(
        self, phrase: Sequence[Event], origin: float, seconds: Controls, pitch: Controls
    ) -> tuple[Controls, Controls, Controls]:
        """Formants of every block, moving within 90 ms from vowel to vowel; the first never lies below the sung pitch."""
        rows = np.zeros((seconds.size, 5, 3))
        rows[:] = VOWELS[_vowels(phrase[0])[0]]
        for event in phrase:
            spoken = _vowels(event)
            for number, vowel in enumerate(spoken):
                start = event.at_second - origin - 0.02 + (0.09 if number else 0.0)
                move = np.clip((seconds - start) / 0.09, 0, 1)[:, None, None]
                move = move * move * (3 - 2 * move)
                rows = rows * (1 - move) + np.array(VOWELS[vowel]) * move
        sung = 440.0 * 2.0 ** ((pitch - 69) / 12)
        hertz = rows[:, :, 0] * self.size
        # Singers open the mouth so that the first formant follows a high note; otherwise "oo" would fade out above D4.
        hertz[:, 0] = np.maximum(hertz[:, 0], sung * 1.03)
        hertz[:, 1] = np.maximum(hertz[:, 1], hertz[:, 0] * 1.25)
        return (
            np.ascontiguousarray(hertz),
            np.ascontiguousarray(10 ** (rows[:, :, 1] / 20)),
            np.ascontiguousarray(rows[:, :, 2]),
        )


def _vowels(event: Event) -> tuple[str, ...]:
    """Formant shapes of a syllable: ``mah`` hums first, then opens; ``dah`` and ``ah`` are the vowel alone."""
    syllable = event.syllable or "ah"
    if syllable in VOWELS:
        return (syllable,)
    vowel = syllable[1:]
    if vowel not in VOWELS:
        raise ValueError(f"no vowel in the syllable {syllable!r}")
    return ("mm", vowel) if syllable[0] == "m" else (vowel,)


def _levels(phrase: Sequence[Event], origin: float, seconds: Controls) -> Controls:
    """Loudness along a phrase: each note swells and falls a little, consonants dip, the end dies away."""
    level = np.zeros(seconds.size)
    for number, event in enumerate(phrase):
        since = seconds - (event.at_second - origin)
        last = number == len(phrase) - 1
        end = event.seconds if last else phrase[number + 1].at_second - event.at_second
        inside = (since >= -0.03) & (since < end + (0.35 if last else 0.0))
        place = np.clip(since / max(end, 0.05), 0, 1)
        swell = event.velocity * (0.82 + 0.18 * np.sin(np.pi * place**0.7))
        dip = 0.25 if event.syllable[:1] in ("d", "n") else 0.6 if event.syllable[:1] == "m" else 0.85
        opening = 1 - (1 - dip) * np.exp(-(((since - 0.015) / 0.04) ** 2))
        rise = np.clip((since + 0.03) / 0.11, 0, 1) if number == 0 else 1.0
        fall = np.clip(1 - (since - end) / 0.33, 0, 1) ** 2 if last else 1.0
        level[inside] = (swell * opening * rise * fall)[inside]
    smooth = np.hanning(27)
    return np.asarray(np.convolve(level, smooth / smooth.sum(), "same"), np.float64)
