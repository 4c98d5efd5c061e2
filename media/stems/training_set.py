"""Rendered training songs on disk, and batches drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from media.composer.part import STEMS
from media.composer.render import COMPOSER_VERSION, render
from media.pcm import CHANNELS, RATE, Samples
from media.stems.training_songs import training_song

Take = npt.NDArray[np.int16]
"""Stems of a song as they lie on disk: shape (stems, 2, frames), 32767 is full scale."""

# What is kept of a song, from its beginning; more songs teach more than longer ones.
_LONGEST_SECONDS: Final = 16
_FULL_SCALE: Final = 32_767
# Half of what is heard is one song as it was written, half a mix of stems of different ones, which never sounds twice.
_AS_WRITTEN: Final = 0.5
_GAIN_DB: Final = (-6.0, 4.0)
_SILENT: Final = 0.05


def take_of(seed: int) -> Samples:
    """Stems of the song of `seed` in the order of `STEMS`: float32, shape (4, 2, frames)."""
    rendered = render(training_song(seed))
    frames = min(rendered.mix.shape[1], _LONGEST_SECONDS * RATE)
    return np.stack([rendered.stems[stem][:, :frames] for stem in STEMS])


def kept_take(folder: Path, seed: int) -> Take:
    """The same from `folder`, rendered into it first if it is not there; mapped, not read."""
    path = folder / f"{COMPOSER_VERSION}-{seed}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        loud = np.clip(np.round(take_of(seed) * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE).astype(np.int16)
        unfinished = folder / f".{path.name}.part"
        with unfinished.open("wb") as file:
            np.save(file, loud)
        unfinished.replace(path)
    kept: Take = np.load(path, mmap_mode="r")
    return kept


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Songs to draw excerpts from.

    Attributes:
        takes: Stems of each song.
        frames: Length of every excerpt; no song is shorter.
    """

    takes: Sequence[Take]
    frames: int

    def batch(self, size: int, random: np.random.Generator) -> Samples:
        """`size` excerpts: float32, shape (size, stems, 2, frames); their mix is the sum over stems.

        Levels, sides and polarity vary by stem; now and then one is silent.
        """
        drawn = np.zeros((size, len(STEMS), CHANNELS, self.frames), np.float32)
        for excerpt in drawn:
            song, at = self._place(random)
            is_as_written = random.random() < _AS_WRITTEN
            for stem in range(len(STEMS)):
                if not is_as_written:
                    song, at = self._place(random)
                if random.random() >= _SILENT:
                    sound = self.takes[song][stem, :, at : at + self.frames][:: int(random.choice((-1, 1)))]
                    gain = random.choice((-1, 1)) * 10 ** (random.uniform(*_GAIN_DB) / 20) / _FULL_SCALE
                    np.multiply(sound, np.float32(gain), out=excerpt[stem])
        return drawn

    def _place(self, random: np.random.Generator) -> tuple[int, int]:
        song = int(random.integers(len(self.takes)))
        return song, int(random.integers(self.takes[song].shape[2] - self.frames + 1))
