"""Everything that bent renditions need compiled, and whether it is (`media/compiling.py` has it done)."""

from pathlib import Path
from typing import Final

import numpy as np

from media.bend import Bend
from media.kernel_folder import code_state
from media.pcm import CHANNELS, RATE, Pcm
from media.spans.join import NEW_FRAMES, joined
from media.spans.span import Span

# One that is read first, one that is stretched first, one with formants: together they use every kernel.
_BENDS: Final = (Bend(800, 300), Bend(1250, -300), Bend(1000, 300, keeps_formants=True))


def warm_up() -> None:
    """Make a little of everything: 12 s where nothing is compiled, 0.4 s from compiled files, then 50 ms."""
    random = np.random.default_rng(1)
    for bend in _BENDS:
        Span(bend, RATE, 0).sound(lambda _, count: _hits(random, count), RATE // 2)
    longer = _hits(random, NEW_FRAMES).samples
    # Apart by some frames, so that the way back from a lag is taken.
    joined(longer[:, 100:], longer)


def stamp(folder: Path) -> Path:
    """The file that says that everything is compiled in `folder`: for this code, this numba, this processor."""
    return folder / f"bends-{code_state()}"


def _hits(random: np.random.Generator, frames: int) -> Pcm:
    """Noise that begins anew four times a second: onsets have kernels of their own."""
    loudness = 0.2 * np.exp(-(np.arange(frames) % (RATE // 4)) / 2000)
    return Pcm((random.standard_normal((CHANNELS, frames)) * loudness).astype(np.float32))
