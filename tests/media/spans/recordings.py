"""Recordings in memory, bent by spans."""

import numpy as np

from media.bend import Bend
from media.pcm import Pcm
from media.spans.bent import BentSound, SpanStore
from media.spans.span import Read
from tests.media.sounds import Array


def reader(samples: Array) -> Read:
    """Reads `samples`, float32 of shape (2, frames), with silence around."""

    def read(first: int, count: int) -> Pcm:
        sound = np.zeros((2, count), np.float32)
        begin, end = max(0, first), min(samples.shape[1], first + count)
        if end > begin:
            sound[:, begin - first : end - first] = samples[:, begin:end]
        return Pcm(sound)

    return read


def bent(samples: Array, bend: Bend, store: SpanStore | None = None) -> BentSound:
    return BentSound("source", bend, samples.shape[1], reader(samples), store or SpanStore())


def whole(samples: Array, bend: Bend) -> Array:
    sound = bent(samples, bend)
    return sound.cut(0, sound.frames).samples
