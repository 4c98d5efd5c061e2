"""``python -m media.stems.evaluation MODEL``: how well a model separates songs it was never trained on.

It composes songs of held-out seeds, whose stems are known exactly, and prints the signal-to-distortion ratio of every stem, that
of the unseparated mix, and what is gained. What separates composed music well need not separate recordings well.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from media.composer.part import STEMS
from media.pcm import RATE, Samples
from media.stems.folder import open_separator
from media.stems.packages import load_torch
from media.stems.score import sdr_db
from media.stems.separation import Separator, separate
from media.stems.training_set import take_of
from media.stems.training_songs import FIRST_HELD_OUT_SEED

SONGS: Final = 16
SECONDS: Final = 8


@dataclass(frozen=True, slots=True)
class StemScore:
    """A stem over all songs in which it sounds.

    Attributes:
        sdr_db: Mean over songs.
        mix_sdr_db: The same of the mix in its place.
        gain_db: Mean of what is gained.
        worst_gain_db: In the song that gains least.
    """

    sdr_db: float
    mix_sdr_db: float
    gain_db: float
    worst_gain_db: float


def held_out(songs: int = SONGS, seconds: float = SECONDS) -> list[Samples]:
    """Stems of the first `songs` held-out songs, their first `seconds`: float32, shape (4, 2, frames)."""
    frames = round(seconds * RATE)
    return [take_of(FIRST_HELD_OUT_SEED + song)[:, :, :frames] for song in range(songs)]


def evaluate(separator: Separator, takes: Sequence[Samples]) -> Mapping[str, StemScore]:
    """Scores of the stems that `takes` and the model both have, by name."""
    found: dict[str, list[tuple[float, float]]] = {stem: [] for stem in STEMS if stem in separator.stems}
    for take in takes:
        mix = take.sum(axis=0)
        estimate = np.concatenate(list(separate([mix], RATE, separator)), axis=-1)
        for stem, scores in found.items():
            truth = take[STEMS.index(stem)]
            scores.append((sdr_db(truth, estimate[separator.stems.index(stem)]), sdr_db(truth, mix)))
    return {stem: _score(np.array(scores)) for stem, scores in found.items()}


def _score(scores: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> StemScore:
    # Songs in which the stem is silent give no ratio.
    sounding = scores[~np.isnan(scores[:, 0])]
    gains = sounding[:, 0] - sounding[:, 1]
    return StemScore(
        float(sounding[:, 0].mean()), float(sounding[:, 1].mean()), float(gains.mean()), float(gains.min())
    )


def table(scores: Mapping[str, StemScore]) -> str:
    """For people: a line for each stem, and the mean over stems."""
    lines = [f"{'stem':8} {'SDR':>7} {'mix':>7} {'gain':>7} {'worst':>7}  dB"]
    for stem, score in scores.items():
        figures = (score.sdr_db, score.mix_sdr_db, score.gain_db, score.worst_gain_db)
        lines.append(f"{stem:8} " + " ".join(f"{each:7.2f}" for each in figures))
    means = (np.mean([getattr(each, name) for each in scores.values()]) for name in ("sdr_db", "mix_sdr_db", "gain_db"))
    lines.append(f"{'mean':8} " + " ".join(f"{each:7.2f}" for each in means))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m media.stems.evaluation", description=__doc__)
    parser.add_argument("model", type=Path, help="a .safetensors file")
    parser.add_argument("--songs", type=int, default=SONGS)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args(arguments)
    load_torch().set_num_threads(chosen.threads)
    separator = open_separator(chosen.model.stem, chosen.model.parent)
    sys.stdout.write(table(evaluate(separator, held_out(chosen.songs))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
