"""``python -m media.stems.training FOLDER``: train the small separator on composed songs.

Songs are rendered into ``FOLDER/songs`` once; every `KEEP_EVERY` steps a checkpoint is written, from which the same command goes
on; at the end `FOLDER/hathor-tiny.safetensors` is there. On one core of 2026 some 2 s pass per step.

The model is an HTDemucs without its transformer, at 48 kHz so that nothing is resampled: 1.1 million weights.
Source: S. Rouard, F. Massa, A. Défossez, "Hybrid transformers for music source separation", ICASSP 2023.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from media.composer.part import STEMS
from media.composer.render import COMPOSER_VERSION
from media.pcm import CHANNELS, RATE, Samples
from media.stem_models import OUR_MODEL
from media.stems.model_file import ModelDescription, write_model
from media.stems.packages import has_bfloat16, load_torch, model_class
from media.stems.training_set import TrainingSet, kept_take
from media.stems.training_songs import FIRST_HELD_OUT_SEED

KEEP_EVERY: Final = 25
_WARM_UP: Final = 30
# Noise 30 dB below the mix counts as silence: nobody hears it, and without a floor silent stems would rule the loss.
_FLOOR: Final = 1e-3

DESCRIPTION: Final = ModelDescription(
    klass="HTDemucs",
    arguments={
        "sources": list(STEMS),
        "audio_channels": CHANNELS,
        "samplerate": RATE,
        "segment": 4,
        "channels": 16,
        "depth": 4,
        "t_layers": 0,
        "dconv_mode": 3,
        "dconv_depth": 2,
        "dconv_init": 0.1,
    },
)
"""Which model is trained, and with what for a constructor."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is trained.

    Attributes:
        steps: Batches in all; the learning rate falls to nothing along a cosine over them.
        songs: Training songs, of seeds 0 to `songs` - 1.
        batch: Excerpts in one batch.
        seconds: Length of an excerpt.
        rate: Highest learning rate.
    """

    steps: int = 2000
    songs: int = 200
    batch: int = 4
    seconds: float = 2.0
    rate: float = 3e-3

    def learning_rate(self, step: int) -> float:
        """Of step `step`: a short rise, then half a cosine."""
        rise = min(1.0, (step + 1) / _WARM_UP)
        return self.rate * rise * 0.5 * (1 + math.cos(math.pi * min(1.0, step / self.steps)))

    def told(self, steps: int) -> Mapping[str, str]:
        """What the file says about its making."""
        return {
            "name": OUR_MODEL,
            "licence": "Apache-2.0",
            "trained-on": f"music synthesised by media/composer, version {COMPOSER_VERSION}; no recordings",
            "training-seeds": f"0 to {self.songs - 1}; {FIRST_HELD_OUT_SEED} and above were kept for measuring",
            "training-steps": f"{steps} of {self.batch} x {self.seconds:g} s",
        }


def mean_loss(torch: Any, estimate: Any, truth: Any) -> Any:
    """Error of every stem relative to the mix, in dB with a floor, averaged.

    Source: S. Wisdom et al., "Unsupervised sound separation using mixture invariant training", NeurIPS 2020: the thresholded
    SNR with the mix as its reference where a source may be silent.
    """
    error = ((estimate - truth) ** 2).mean(dim=(2, 3))
    loud = (truth.sum(dim=1) ** 2).mean(dim=(1, 2))[:, None] + 1e-7
    return (10 * torch.log10(error / loud + _FLOOR)).mean()


class Trainer:
    """A model in training; `step_number` steps are done.

    Args:
        songs: Where batches are drawn from.
        recipe: How.
        checkpoint: File to go on from, if it is there, and to keep what is learnt in.
    """

    def __init__(self, songs: TrainingSet, recipe: Recipe, checkpoint: Path) -> None:
        self._torch = load_torch()
        self._songs, self._recipe, self._checkpoint = songs, recipe, checkpoint
        self._torch.manual_seed(1)
        self._model = model_class(DESCRIPTION.klass)(**DESCRIPTION.arguments)
        self._optimizer = self._torch.optim.AdamW(self._model.parameters(), lr=recipe.rate, weight_decay=1e-3)
        self._mean = {name: weight.detach().clone() for name, weight in self._model.state_dict().items()}
        self.step_number = 0
        if checkpoint.exists():
            self._restore(self._torch.load(checkpoint, weights_only=True))

    def step(self) -> float:
        """Learn from one batch; its loss in dB."""
        # A generator per step, so that an interrupted training goes on with the batches it would have had.
        random = np.random.default_rng([7, self.step_number])
        truth = self._torch.from_numpy(self._songs.batch(self._recipe.batch, random))
        self._model.train()
        for group in self._optimizer.param_groups:
            group["lr"] = self._recipe.learning_rate(self.step_number)
        with self._torch.autocast("cpu", dtype=self._torch.bfloat16, enabled=has_bfloat16(self._torch)):
            estimate = self._model(truth.sum(dim=1))
        loss = mean_loss(self._torch, estimate.float(), truth)
        self._optimizer.zero_grad()
        loss.backward()
        self._torch.nn.utils.clip_grad_norm_(self._model.parameters(), 5.0)
        self._optimizer.step()
        self._average()
        self.step_number += 1
        return float(loss.detach())

    def weights(self) -> dict[str, Samples]:
        """The mean over the last hundred steps or so, which is better than any one of them."""
        return {name: weight.numpy() for name, weight in self._mean.items()}

    def keep(self) -> None:
        """Write the checkpoint."""
        unfinished = self._checkpoint.with_suffix(".part")
        state = {
            "step": self.step_number,
            "model": self._model.state_dict(),
            "mean": self._mean,
            "optimizer": self._optimizer.state_dict(),
        }
        self._torch.save(state, unfinished)
        unfinished.replace(self._checkpoint)

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.step_number = state["step"]
        self._model.load_state_dict(state["model"])
        self._mean = state["mean"]
        self._optimizer.load_state_dict(state["optimizer"])

    def _average(self) -> None:
        share = max(0.01, 1 / (self.step_number + 1))
        with self._torch.no_grad():
            for name, weight in self._model.state_dict().items():
                self._mean[name] += share * (weight - self._mean[name])


def train(folder: Path, recipe: Recipe, say: Callable[[str], None]) -> Path:
    """Render what is missing, train what is missing, write the model. Returns its path."""
    takes = []
    for seed in range(recipe.songs):
        takes.append(kept_take(folder / "songs", seed))
        if (seed + 1) % 20 == 0:
            say(f"{seed + 1} of {recipe.songs} songs")
    songs = TrainingSet(takes, round(recipe.seconds * RATE))
    trainer = Trainer(songs, recipe, folder / "checkpoint.pt")
    losses: list[float] = []
    began = time.process_time()
    while trainer.step_number < recipe.steps:
        losses.append(trainer.step())
        if trainer.step_number % KEEP_EVERY == 0 or trainer.step_number == recipe.steps:
            trainer.keep()
            spent = (time.process_time() - began) / len(losses)
            say(
                f"step {trainer.step_number} of {recipe.steps}: loss {np.mean(losses[-KEEP_EVERY:]):.2f} dB, "
                f"{spent:.2f} s of processor each"
            )
    path = folder / f"{OUR_MODEL}.safetensors"
    write_model(path, DESCRIPTION, trainer.weights(), recipe.told(trainer.step_number))
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m media.stems.training", description=__doc__)
    parser.add_argument("folder", type=Path, help="for songs, checkpoint and model; the same one goes on")
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--songs", type=int, default=Recipe().songs)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args(arguments)
    load_torch().set_num_threads(chosen.threads)

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    say(f"{train(chosen.folder, Recipe(steps=chosen.steps, songs=chosen.songs), say)} is there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
