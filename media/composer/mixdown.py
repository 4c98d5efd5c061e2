"""From parts to stems, and from stems to a mastered mix that is exactly their sum."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from media.composer.dynamics import compression, limiting
from media.composer.echo import echoed
from media.composer.envelopes import curve
from media.composer.filters import bell, high_shelf, highpass, swept_lowpass
from media.composer.loudness import loudness_lufs, peak_envelope, true_peak_db
from media.composer.part import STEMS, Part, Stem
from media.composer.reverb import Hall, reverberated
from media.composer.rhythm import Event, Tempo, perform
from media.composer.samples import SAMPLE_RATE, Audio, decibels, frames_of, pan_gains, silence

TARGET_LUFS: Final = -14.0
"""Loudness of every finished song, the level at which streaming services play."""
CEILING_DB: Final = -1.0
"""No true peak lies above; lossy codecs need about that much room."""
# Parts are brought to this loudness before mixing: far enough below full scale for a dozen of them.
_REFERENCE_LUFS: Final = -22.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What the whole band shares.

    Attributes:
        tempo: Of the song.
        beats_per_bar: To turn bars of automation into seconds.
        seed: Of the song.
        frames: Length of every buffer.
        hall: The room.
        echo_beats: Distance of echoes.
    """

    tempo: Tempo
    beats_per_bar: int
    seed: int
    frames: int
    hall: Hall
    echo_beats: float

    def second_of_bar(self, bar: float) -> float:
        """When a bar begins."""
        return self.tempo.seconds(bar * self.beats_per_bar)


def stems_of(parts: Sequence[Part], desk: Desk) -> dict[Stem, Audio]:
    """Play and mix every part into its stem, with room and echoes of its own, so that stems add up without a shared return."""
    played = {part.name: _performed(part, desk) for part in parts}
    if len(played) != len(parts):
        raise ValueError("two parts have the same name")
    kicks = [e.at_second for part in parts for e in played[part.name] if e.syllable == "kick"]
    pressed = _pressed(kicks, desk)
    stems: dict[Stem, Audio] = {}
    for stem in STEMS:
        dry, to_hall, to_echo = (silence(desk.frames) for _ in range(3))
        for part in parts:
            if part.stem == stem and part.notes:
                sound = _strip(part, played[part.name], desk, pressed)
                dry += sound
                if part.reverb:
                    to_hall += sound * np.float32(part.reverb)
                if part.echo:
                    to_echo += sound * np.float32(part.echo)
        if np.any(to_echo):
            echoes = echoed(to_echo, desk.tempo.seconds(desk.echo_beats))
            dry += echoes
            to_hall += echoes * np.float32(0.25)
        if np.any(to_hall):
            dry += reverberated(to_hall, desk.hall)
        stems[stem] = _polished(dry)
    return stems


def _polished(sound: Audio) -> Audio:
    """Less of the low middle, where pads, pianos and reverb pile up, and a little more air.

    It is the same linear filter for every stem, so their sum is filtered by it too.
    """
    return high_shelf(bell(sound, 320, -2.5), 2_600, 2.5)


def _performed(part: Part, desk: Desk) -> tuple[Event, ...]:
    return perform(part.notes, desk.tempo, part.feel, _random(part.name, "feel", desk))


def _random(name: str, purpose: str, desk: Desk) -> np.random.Generator:
    """A generator per part and purpose: adding a part to a song leaves the others as they were."""
    return np.random.default_rng([desk.seed, zlib.crc32(f"{name}/{purpose}".encode())])


def _strip(part: Part, events: Sequence[Event], desk: Desk, pressed: Audio) -> Audio:
    """The channel strip: play, cut lows, sweep, set loudness, automate, duck, pan."""
    sound = part.instrument.play(events, desk.frames, _random(part.name, "sound", desk))
    sound = highpass(sound, part.low_cut_hz)
    if part.tops_hz:
        points = [(desk.second_of_bar(bar), math.log(hz)) for bar, hz in part.tops_hz]
        sound = swept_lowpass(sound, np.exp(curve(points, desk.frames)).astype(np.float32))
    # Measured and not guessed: whatever an instrument's own level is, its place in the mix is the one the song states.
    measured = loudness_lufs(sound)
    gain = np.float32(decibels(_REFERENCE_LUFS + part.loudness - measured) if math.isfinite(measured) else 1.0)
    sound *= gain
    if part.levels_db:
        levels = [(desk.second_of_bar(bar), level) for bar, level in part.levels_db]
        sound *= (10 ** (curve(levels, desk.frames) / 20)).astype(np.float32)
    if part.duck:
        sound *= 1 - np.float32(part.duck) * pressed
    if part.pan:
        for side, side_gain in enumerate(pan_gains(part.pan)):
            sound[side] *= np.float32(side_gain)
    return sound


def _pressed(kicks: Sequence[float], desk: Desk) -> Audio:
    """How strongly kicks press others down, 0 … 1: at once (within 8 ms), gone after three fifths of a beat."""
    pressed = np.zeros(desk.frames, np.float32)
    length = frames_of(desk.tempo.seconds(0.6))
    onset = frames_of(0.008)
    shape = np.concatenate(
        [np.linspace(0, 1, onset), (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, length))) ** 1.2]
    ).astype(np.float32)
    for kick in kicks:
        start = max(0, frames_of(kick) - onset)
        stop = min(desk.frames, start + shape.size)
        pressed[start:stop] = np.maximum(pressed[start:stop], shape[: max(0, stop - start)])
    return pressed


def mastered(stems: dict[Stem, Audio], fade_out_seconds: float) -> dict[Stem, Audio]:
    """Bring the sum of `stems` to `TARGET_LUFS` below `CEILING_DB` by one gain curve that all stems share.

    Compression, limiting, and fades are multiplications by the same curve, so the mastered stems still add up to the
    mastered mix.
    """
    mix = summed(stems)
    frames = mix.shape[1]
    gain = _faded(frames, fade_out_seconds)
    level = loudness_lufs(mix)
    if not math.isfinite(level):
        return stems
    gain = gain * np.float32(decibels(TARGET_LUFS - level))
    # Two to three decibels at most: it holds the band together and leaves the drums their edge.
    gain = gain * compression(mix * gain, threshold_db=-15.0, ratio=1.7)
    loud = mix * gain
    # The push that follows is 4 dB at most, so what lies below -6 dB of full scale is never limited.
    envelope = peak_envelope(loud, floor=0.5)
    push = decibels(TARGET_LUFS - loudness_lufs(loud))
    for _ in range(4):
        # The limiter takes loudness away, which is given back in front of it; scaling a signal scales its peaks, so
        # they are found once.
        limited = np.float32(push) * limiting(envelope * np.float32(push), decibels(CEILING_DB - 0.3))
        missing_db = TARGET_LUFS - loudness_lufs(loud * limited)
        if abs(missing_db) < 0.1:
            break
        push *= decibels(missing_db)
    limited = gain * limited
    over = true_peak_db(mix * limited) - (CEILING_DB - 0.1)
    if over > 0:
        limited = limited * np.float32(decibels(-over))
    return {stem: sound * limited for stem, sound in stems.items()}


def summed(stems: dict[Stem, Audio]) -> Audio:
    """The mix: all stems added in the order of `STEMS`, so that the rounding is always the same."""
    mix = stems[STEMS[0]].copy()
    for stem in STEMS[1:]:
        mix += stems[stem]
    return mix


def _faded(frames: int, fade_out_seconds: float) -> Audio:
    total = frames / SAMPLE_RATE
    place = curve(((0.0, 0.0), (0.02, 1.0), (total - fade_out_seconds, 1.0), (total - 0.05, 0.0)), frames)
    return np.asarray(np.sin(place * np.float32(np.pi / 2)) ** 2, np.float32)
