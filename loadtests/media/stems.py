"""How well and how fast stems are separated: the small model of this program, and a large one with random weights."""

import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from loadtests.clock.table import markdown
from media.pcm import Samples
from media.problem import MediaProblem
from media.stem_models import OUR_MODEL
from media.stems.evaluation import StemScore, evaluate, held_out
from media.stems.folder import open_separator
from media.stems.model_file import ModelDescription
from media.stems.packages import load_torch, model_class
from media.stems.separation import OVERLAP, Separator, separate
from media.stems.torch_separator import TorchSeparator

SONGS: Final = 8
# Whole strides of both models, so that no window is paid for that mostly repeats the one before.
COST_SECONDS: Final = 24.0

# Hyper-parameters of the released htdemucs; its weights are nobody's to hand on, and cost does not depend on them.
FULL_SIZE: Final = ModelDescription(
    "HTDemucs",
    {
        "sources": ["drums", "bass", "other", "vocals"],
        "channels": 48,
        "depth": 4,
        "bottom_channels": 512,
        "t_layers": 5,
        "dconv_mode": 3,
        "segment": Fraction(39, 5),
        "samplerate": 44_100,
    },
)


def full_size() -> Separator:
    """The large model."""
    model = model_class(FULL_SIZE.klass)(**FULL_SIZE.arguments)
    return TorchSeparator(FULL_SIZE, dict(model.state_dict()))


def small() -> Separator:
    """Ours."""
    return open_separator(OUR_MODEL, Path())


def cost(separator: Separator, mix: Samples, rate_hz: int) -> tuple[float, float]:
    """Processor seconds of this process for each second of `mix`, and seconds until the first stems are there."""
    began, began_cpu = time.monotonic(), time.process_time()
    blocks = separate([mix], rate_hz, separator)
    next(blocks)
    first = time.monotonic() - began
    for _ in blocks:
        pass
    return (time.process_time() - began_cpu) / (mix.shape[1] / rate_hz), first


def stems_table(songs: int = SONGS, models: Mapping[str, Callable[[], Separator]] | None = None) -> str:
    """A row for each model, as Markdown; says what is missing where it cannot be measured."""
    rows = [["model", "SDR gain (worst song), dB", "CPU s/s, one thread", "first stems after, s"]]
    for name, opened in (models or {OUR_MODEL: small, "HTDemucs, full size, random": full_size}).items():
        try:
            load_torch().set_num_threads(1)
            separator = opened()
        except MediaProblem as problem:
            rows.append([name, f"skipped: {problem.code}", "", ""])
            continue
        gains = _gains(evaluate(separator, held_out(songs))) if name == OUR_MODEL else "–"
        spent, first = cost(separator, _noise(separator), separator.rate_hz)
        rows.append([name, gains, f"{spent:.3f}", f"{first:.2f}"])
    return markdown(rows)


def _gains(scores: Mapping[str, StemScore]) -> str:
    told = [f"{stem} {score.gain_db:.1f} ({score.worst_gain_db:.1f})" for stem, score in scores.items()]
    mean = float(np.mean([score.gain_db for score in scores.values()]))
    return ", ".join([*told, f"mean {mean:.1f}"])


def _noise(separator: Separator) -> Samples:
    """Whole windows of it; what it is makes no difference to what it costs."""
    size = separator.window_frames
    stride = size - round(size * OVERLAP)
    frames = size + stride * max(1, round((COST_SECONDS * separator.rate_hz - size) / stride))
    return np.random.default_rng(1).uniform(-0.5, 0.5, (2, frames)).astype(np.float32)
