"""Tempo and pitch of a sound, changed while it streams by, with any of the engines."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from media.pcm import CHANNELS, Samples
from media.stretch.engines import TimeEngine
from media.stretch.engines import engine as new_engine
from media.stretch.resampler import Resampler
from media.stretch.time_map import TimeMap
from media.stretch.vocoder import Vocoder

LEAST_TEMPO: Final = 0.5
MOST_TEMPO: Final = 2.0
MOST_SEMITONES: Final = 12.0


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be done to the sound.

    Attributes:
        tempo: 0.5 … 2; above 1 plays faster.
        semitones: -12 … 12, with cents as the fraction.

    Raises:
        ValueError: A value is beyond its range.
    """

    tempo: float = 1.0
    semitones: float = 0.0

    def __post_init__(self) -> None:
        if not LEAST_TEMPO <= self.tempo <= MOST_TEMPO:
            raise ValueError(f"expected a tempo of {LEAST_TEMPO} to {MOST_TEMPO}, got {self.tempo}")
        if not -MOST_SEMITONES <= self.semitones <= MOST_SEMITONES:
            raise ValueError(f"expected a pitch of -12 to 12 semitones, got {self.semitones}")

    @property
    def ratio(self) -> float:
        """Factor of all frequencies."""
        return float(2.0 ** (self.semitones / 12))


class Stretcher:
    """One stream of mono or stereo sound.

    Pitch comes from reading the sound faster or slower, tempo from stretching it. A stream that begins with its pitch raised
    is read first and stretched then, one that begins lowered the other way round: so the stretching always has the smaller
    part to do. Either order takes any change.

    Formants are kept by the engines `music` and `live`; the others take no notice.

    Raises:
        MediaProblem: ``unknown-engine``, ``engine-missing``.
        ValueError: Neither one channel nor two.
    """

    def __init__(self, rate_hz: int, channels: int = 2, *, engine: str = "music", keeps_formants: bool = False) -> None:
        if channels not in (1, 2):
            raise ValueError(f"expected one or two channels, got {channels}")
        self._channels = channels
        self._keeps_formants = keeps_formants
        self._resampler = Resampler()
        self._engine = new_engine(engine, rate_hz)
        self._stretches_first: bool | None = None
        self._map = TimeMap()
        self._given = 0
        # How the first step's output lies to the input, and up to which of its samples which change holds.
        self._between = TimeMap()
        self._plan: list[tuple[int, Change]] = []
        self._passed = 0

    @property
    def due(self) -> int:
        """Output samples that the input so far amounts to."""
        return _end_of(self._map)

    def process(self, samples: Samples, change: Change) -> Samples:
        """The next input; returns what is finished of the output.

        Args:
            samples: float32, shape (channels, frames).
            change: What is to be done to these samples; may be another one for each block.

        Returns:
            float32, shape (channels, finished frames); belongs to the caller.
        """
        frames = samples.shape[1]
        if frames == 0:
            return np.zeros((self._channels, 0), np.float32)
        if self._stretches_first is None:
            self._stretches_first = change.ratio < 1
        pair = samples if self._channels == CHANNELS else np.concatenate([samples, samples])
        self._map.extend(frames, change.tempo)
        self._between.extend(frames, change.tempo / change.ratio if self._stretches_first else change.ratio)
        entry = (_end_of(self._between), change)
        if self._plan and self._plan[-1][1] == change:
            self._plan[-1] = entry
        else:
            self._plan.append(entry)
        for path in (self._map, self._between):
            path.forget_before(path.output_at(path.end))
        made = self._stretch(pair, change) if self._stretches_first else self._read(pair, change)
        return self._out(self._second(made))

    def flush(self) -> Samples:
        """The rest: all output together is `due` frames. Nothing may follow."""
        steps: list[Resampler | TimeEngine] = [self._resampler, self._engine]
        if self._stretches_first:
            steps.reverse()
        rest = self._second(steps[0].flush())
        rest = np.concatenate([rest, steps[1].flush()], axis=1)
        # Rounding between the two steps can make a sample more or less.
        left = self.due - self._given
        missing = max(0, left - rest.shape[1])
        return self._out(np.pad(rest, ((0, 0), (0, missing)))[:, :left])

    def _second(self, made: Samples) -> Samples:
        """The second step, each part with the change that was asked for where it comes from."""
        done = [np.zeros((CHANNELS, 0), np.float32)]
        while made.shape[1]:
            until, change = self._plan[0]
            part = made[:, : max(0, until - self._passed)]
            done.append(self._read(part, change) if self._stretches_first else self._stretch(part, change))
            self._passed += part.shape[1]
            made = made[:, part.shape[1] :]
            if made.shape[1]:
                self._plan.pop(0)
        return np.concatenate(done, axis=1)

    def _read(self, samples: Samples, change: Change) -> Samples:
        return self._resampler.process(samples, change.ratio)

    def _stretch(self, samples: Samples, change: Change) -> Samples:
        if self._keeps_formants and isinstance(self._engine, Vocoder):
            self._engine.formant_ratio = change.ratio
        return self._engine.process(samples, change.tempo / change.ratio)

    def _out(self, sound: Samples) -> Samples:
        self._given += sound.shape[1]
        return np.ascontiguousarray(sound[: self._channels])


def _end_of(path: TimeMap) -> int:
    return round(path.output_at(path.end)) if path.end else 0
