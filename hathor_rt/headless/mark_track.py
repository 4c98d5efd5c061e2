"""Marks on the way to the output: each begins at its frame, sounds to its end, and is faded where it is taken back."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hathor_rt.headless.marks import MarkSound, samples_of
from hathor_rt.headless.voice import FADE_FRAMES
from media.pcm import Samples
from sync.units import SAMPLE_RATE, Micros

# The room's clock is known better from moment to moment: a mark whose frame slips behind what was just rendered begins all
# the same, in its place, without its first millisecond at most. One that is later was never due here.
_LATEST_FRAMES: Final = SAMPLE_RATE // 1000

_DOWN: Final = (0.5 + 0.5 * np.cos(np.pi * np.arange(FADE_FRAMES) / FADE_FRAMES)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark and where it begins.

    Attributes:
        at: Room instant: names the mark however often it is placed anew.
        frame: Output frame.
        sound: What sounds.
    """

    at: Micros
    frame: float
    sound: MarkSound


@dataclass(frozen=True, slots=True)
class Marking:
    """What an output plays instead of the music.

    Attributes:
        check: Number of the sound check behind it, 1 or more; another one takes back what still sounds of the one before.
        until: Output frame from which on the music is heard again.
        marks: In order of `at`: those to come, as they are known now. Which of them have begun is not forgotten.
    """

    check: int
    until: float
    marks: tuple[PlacedMark, ...]

    def ended(self) -> "Marking":
        """Silence, for good."""
        return replace(self, check=0, until=math.inf, marks=())


@dataclass(frozen=True, slots=True)
class _Sounding:
    begins: int
    samples: Samples

    def released(self, frame: int) -> "_Sounding":
        played = frame - self.begins
        tail = self.samples[played : played + FADE_FRAMES]
        return replace(self, samples=np.concatenate([self.samples[:played], tail * _DOWN[: len(tail)]]))


class MarkTrack:
    """Renders marks. Called by whoever renders, with rising frames."""

    def __init__(self) -> None:
        # Computed before anything sounds: it takes milliseconds, which a sound card does not wait.
        self._samples: dict[MarkSound, Samples] = {name: samples_of(name) for name in ("click", "rising", "falling")}
        self._check = 0
        self._latest: Micros | None = None
        self._sounding: list[_Sounding] = []

    def add_to(self, sound: Samples, frame: int, marking: Marking | None) -> None:
        """Add what sounds from `frame` on to `sound`; float32, shape (2, frames).

        A mark is heard once, however often it is placed: one that moves while it sounds stays where it began.
        """
        check = 0 if marking is None else marking.check
        if check != self._check:
            self._check, self._latest = check, None
            self._sounding = [each.released(frame) for each in self._sounding]
        if marking is not None:
            self._begin(marking.marks, frame, sound.shape[1])
        for each in self._sounding:
            first, last = max(frame, each.begins), min(frame + sound.shape[1], each.begins + len(each.samples))
            if first < last:
                sound[:, first - frame : last - frame] += each.samples[first - each.begins : last - each.begins]
        end = frame + sound.shape[1]
        self._sounding = [each for each in self._sounding if each.begins + len(each.samples) > end]

    def _begin(self, marks: tuple[PlacedMark, ...], frame: int, count: int) -> None:
        for mark in marks:
            begins = round(mark.frame)
            is_due = frame - _LATEST_FRAMES <= begins < frame + count
            if is_due and (self._latest is None or mark.at > self._latest):
                self._latest = mark.at
                self._sounding.append(_Sounding(begins, self._samples[mark.sound]))
