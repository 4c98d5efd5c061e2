"""Struck and plucked bodies: sums of decaying partials, and a string as a filtered delay line."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from media.compiled import compiled
from media.composer.samples import SAMPLE_RATE, Audio

Doubles = npt.NDArray[np.float64]


@compiled
def _partials(turns: Doubles, gains: Doubles, falls: Doubles, phases: Doubles, frames: int) -> Audio:
    sound = np.zeros(frames, np.float32)
    for number in range(turns.size):
        # A rotating pointer that shrinks: two multiplications a frame in place of a sine and an exponential.
        step_x = falls[number] * math.cos(2 * math.pi * turns[number])
        step_y = falls[number] * math.sin(2 * math.pi * turns[number])
        x = gains[number] * math.cos(phases[number])
        y = gains[number] * math.sin(phases[number])
        for frame in range(frames):
            sound[frame] += y
            x, y = x * step_x - y * step_y, x * step_y + y * step_x
            if abs(x) + abs(y) < 1e-6:
                break
    return sound


def struck(
    frequencies_hz: Sequence[float],
    gains: Sequence[float],
    decay_seconds: Sequence[float],
    frames: int,
    phases: Sequence[float] = (),
) -> Audio:
    """Decaying sines; `decay_seconds` are the times to fall by 60 dB. Partials above 16 kHz are left out.

    `phases` in radians; without them every partial starts at a zero crossing, so a soft strike has no click.
    """
    rows = [
        (hz / SAMPLE_RATE, gain, math.exp(-6.9078 / (decay * SAMPLE_RATE)), phases[n] if phases else 0.0)
        for n, (hz, gain, decay) in enumerate(zip(frequencies_hz, gains, decay_seconds, strict=True))
        if hz < 16_000
    ]
    table = np.array(rows, np.float64).reshape(-1, 4)
    turns, levels, falls, starts = (np.ascontiguousarray(column) for column in table.T)
    return _partials(turns, levels, falls, starts, frames)


@compiled
def _string(burst: Audio, delay: int, shift: float, damping: float, loss: float, frames: int) -> Audio:
    line = np.zeros(delay, np.float64)
    sound = np.empty(frames, np.float32)
    place = 0
    smooth = 0.0
    before_in = 0.0
    before_out = 0.0
    for frame in range(frames):
        value = line[place]
        smooth += damping * (value - smooth)
        # First-order all-pass: the fraction of a frame that tunes the string.
        tuned = shift * (smooth - before_out) + before_in
        before_in = smooth
        before_out = tuned
        feed = tuned * loss
        if frame < burst.size:
            feed += burst[frame]
        line[place] = feed
        sound[frame] = value
        place += 1
        if place == delay:
            place = 0
    return sound


def string(burst: Audio, frequency_hz: float, brightness: float, decay_seconds: float, frames: int) -> Audio:
    """A string excited by `burst`.

    Args:
        burst: Mono excitation.
        frequency_hz: Of the fundamental, tuned to within a few cents.
        brightness: 0.1 dull … 0.95 wiry: coefficient of the one-pole low-pass in the loop.
        decay_seconds: Time for the fundamental to fall by 60 dB.
        frames: Length wanted.

    Source: K. Karplus and A. Strong, "Digital synthesis of plucked-string and drum timbres", CMJ 7(2) 1983; D. Jaffe
    and J. Smith,
    "Extensions of the Karplus-Strong algorithm", same issue, for tuning and decay.
    """
    omega = 2 * math.pi * frequency_hz / SAMPLE_RATE
    pole = 1.0 - brightness
    smoother_delay = math.atan2(pole * math.sin(omega), 1 - pole * math.cos(omega)) / omega
    smoother_gain = brightness / math.sqrt(1 - 2 * pole * math.cos(omega) + pole * pole)
    period = SAMPLE_RATE / frequency_hz - smoother_delay
    delay = int(period - 0.3)
    fraction = period - delay
    shift = (1 - fraction) / (1 + fraction)
    wanted = 10 ** (-3.0 / (frequency_hz * decay_seconds))
    # The loop must stay below unity gain for every partial; the smoother never amplifies, so capping at 0.99999 / DC
    # gain 1 suffices.
    loss = min(wanted / smoother_gain, 0.99999)
    return _string(burst, delay, shift, brightness, loss, frames)
