"""Several models that answer together, as Demucs releases them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from media.pcm import Samples
from media.problem import MediaProblem
from media.stems.separation import Separator


class Bag:
    """A `Separator` whose stems are means over those of others.

    Args:
        separators: Of the same stems, rate and window.
        weights: One row for each, one number for each stem; None counts all alike.

    Raises:
        MediaProblem: ``damaged-model`` if they do not go together.
    """

    def __init__(self, separators: Sequence[Separator], weights: Sequence[Sequence[float]] | None = None) -> None:
        if not separators:
            raise MediaProblem("damaged-model", "a bag of no models")
        first = separators[0]
        if any(
            (each.stems, each.rate_hz, each.window_frames) != (first.stems, first.rate_hz, first.window_frames)
            for each in separators
        ):
            raise MediaProblem("damaged-model", "the models of a bag differ in stems, rate or window")
        shares: Any = np.ones((len(separators), len(first.stems))) if weights is None else np.asarray(weights, float)
        if shares.shape != (len(separators), len(first.stems)) or not np.all(shares.sum(axis=0) > 0):
            raise MediaProblem("damaged-model", "the weights of a bag do not fit its models")
        self._separators = separators
        self._shares = (shares / shares.sum(axis=0)).astype(np.float32)
        self.stems, self.rate_hz, self.window_frames = first.stems, first.rate_hz, first.window_frames

    def estimate(self, window: Samples) -> Samples:
        """See the protocol. A model that counts for no stem is not asked."""
        total = np.zeros((len(self.stems), *window.shape), np.float32)
        for separator, shares in zip(self._separators, self._shares, strict=True):
            if np.any(shares):
                total += separator.estimate(window) * shares[:, None, None]
        return total
