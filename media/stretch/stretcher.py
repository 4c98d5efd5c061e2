"""Tempo and pitch of a sound, changed while it streams by, with any of the engines."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from media.pcm import Samples
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

    The sound is first read faster or slower, which changes its pitch, and then stretched back: so the stretching costs the
    same for every pitch.

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
        self._map = TimeMap()
        self._given = 0
        # Up to which sample of the resampled sound which engine rate and pitch ratio hold.
        self._plan: list[tuple[int, float, float]] = []
        self._passed = 0

    @property
    def due(self) -> int:
        """Output samples that the input so far amounts to."""
        return round(self._map.output_at(self._map.end)) if self._map.end else 0

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
        pair = samples if self._channels == 2 else np.concatenate([samples, samples])
        self._map.extend(frames, change.tempo)
        read = self._resampler.process(pair, change.ratio)
        entry = (self._resampler.due, change.tempo / change.ratio, change.ratio)
        if self._plan and self._plan[-1][1:] == entry[1:]:
            self._plan[-1] = entry
        else:
            self._plan.append(entry)
        return self._out(self._stretched(read))

    def flush(self) -> Samples:
        """The rest: all output together is `due` frames. Nothing may follow."""
        rest = self._stretched(self._resampler.flush())
        rest = np.concatenate([rest, self._engine.flush()], axis=1)
        # Rounding between the two steps can make a sample more or less.
        left = self.due - self._given
        missing = max(0, left - rest.shape[1])
        return self._out(np.pad(rest, ((0, 0), (0, missing)))[:, :left])

    def _stretched(self, read: Samples) -> Samples:
        done = [np.zeros((2, 0), np.float32)]
        while read.shape[1]:
            until, rate, ratio = self._plan[0]
            part = read[:, : max(0, until - self._passed)]
            if self._keeps_formants and isinstance(self._engine, Vocoder):
                self._engine.formant_ratio = ratio
            done.append(self._engine.process(part, rate))
            self._passed += part.shape[1]
            read = read[:, part.shape[1] :]
            if read.shape[1]:
                self._plan.pop(0)
        return np.concatenate(done, axis=1)

    def _out(self, sound: Samples) -> Samples:
        self._given += sound.shape[1]
        return np.ascontiguousarray(sound[: self._channels])
