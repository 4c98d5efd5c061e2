"""Any arrangement of channels to two.

Source of the coefficients: ITU-R BS.775-4 table 2 (centre and surrounds at -3 dB to the near side, no LFE). Rows are scaled so
that full scale in all channels is full scale in the mix: what was not distorted before is not afterwards.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from media.pcm import CHANNELS, Samples

_SIDE: Final = float(np.sqrt(0.5))
# Share of each loudspeaker (FFmpeg's names) in the left and the right channel.
_SHARES: Final[dict[str, tuple[float, float]]] = {
    "FL": (1, 0),
    "FR": (0, 1),
    "FC": (_SIDE, _SIDE),
    "LFE": (0, 0),
    "BL": (_SIDE, 0),
    "BR": (0, _SIDE),
    "SL": (_SIDE, 0),
    "SR": (0, _SIDE),
    "FLC": (1, _SIDE),
    "FRC": (_SIDE, 1),
    "BC": (0.5, 0.5),
    "DL": (1, 0),
    "DR": (0, 1),
}


def mixing_matrix(speakers: Sequence[str]) -> Samples:
    """Weights of shape (2, channels) for channels that belong to these loudspeakers.

    One channel goes to both sides as it is. Loudspeakers nobody named alternate between the sides.
    """
    if len(speakers) == 1:
        return np.ones((CHANNELS, 1), np.float32)
    rows = [_SHARES.get(name, (1.0 - number % 2, number % 2)) for number, name in enumerate(speakers)]
    matrix = np.array(rows, np.float64).T
    # Both rows by the same factor, or the image would lean to one side.
    loudest = float(matrix.sum(axis=1).max())
    return (matrix / max(1.0, loudest)).astype(np.float32)


def mix_down(samples: Samples, speakers: Sequence[str]) -> Samples:
    """Sound of shape (channels, frames) as two channels; stereo is passed through untouched.

    Args:
        samples: float32, one row per loudspeaker.
        speakers: FFmpeg's names of the loudspeakers, e.g. FL FR FC LFE SL SR.
    """
    if len(speakers) == CHANNELS:
        # Whatever they are called: WAV files often do not say.
        return samples
    if len(speakers) == 1:
        return np.concatenate([samples, samples])
    # Summed in a fixed order: a matrix product may add in another one on another machine.
    matrix = mixing_matrix(speakers)
    mixed = np.zeros((CHANNELS, samples.shape[1]), np.float32)
    # Float files may hold NaN and infinity, which the caller deals with.
    with np.errstate(invalid="ignore", over="ignore"):
        for number, row in enumerate(samples):
            mixed += matrix[:, number : number + 1] * row
    return mixed
