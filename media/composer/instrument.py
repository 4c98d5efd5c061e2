"""What every instrument can do."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from media.composer.rhythm import Event
from media.composer.samples import Audio


class Instrument(Protocol):
    """A sound with its settings. Implementations are frozen records, one family a file."""

    def play(self, events: Sequence[Event], frames: int, random: np.random.Generator) -> Audio:
        """Sound `events` into a fresh stereo buffer of `frames` frames; what rings past the end is cut.

        The same events and a generator of the same seed give the same bytes. Level is free: the mixdown sets it.
        """
        ...
