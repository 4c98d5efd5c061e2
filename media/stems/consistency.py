"""Stems that add up to the mix."""

from typing import Final

import numpy as np

from media.pcm import Samples

GRID: Final = 2.0**-23
"""Step of 24-bit sound. Sums of multiples of it are exact in float32 while they stay between -2 and 2."""


def consistent(stems: Samples, mix: Samples) -> Samples:
    """`stems` (float32, shape (stems, channels, frames)) changed so that they add up to `mix`.

    What is missing is spread over all stems evenly, which also brings each a little nearer to the truth; then all of them are
    rounded to `GRID`, and the last one takes up what rounding left. The sum is `mix` rounded to the grid, in any order of adding,
    unless the sum of some of them passes twice full scale, where float32 rounds: bit for bit for sound of up to 24 bits, within
    -144 dB of full scale otherwise.

    Source of the first step: S. Wisdom et al., "Differentiable consistency constraints for improved deep speech enhancement",
    ICASSP 2019, section 2.2 with equal weights.
    """
    wide = stems.astype(np.float64)
    target = np.round(mix.astype(np.float64) / GRID)
    missing = target * GRID - wide.sum(axis=0)
    steps = np.round((wide + missing / stems.shape[0]) / GRID)
    steps[-1] = target - steps[:-1].sum(axis=0)
    added: Samples = (steps * GRID).astype(np.float32)
    return added
