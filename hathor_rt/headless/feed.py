"""What a sound card's callback does: render the next block, and note when it will be heard."""

from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from hathor_rt.headless.output_clock import OutputClock
from hathor_rt.headless.player import Player
from media.pcm import Samples
from sync.units import MICROS_PER_SECOND, Micros

# A card that tells a latency beyond this tells nonsense.
_MOST_LATENCY_SECONDS: Final = 3.0

_log = structlog.get_logger("hathor.listen")


class Feed:
    """Shared by two threads: `fill` is called by the card's, everything else by the loop's.

    Numbers are replaced as a whole and the readings' queue appends and pops atomically, so no lock can delay the card.

    Args:
        now: The local clock.
    """

    def __init__(self, now: Callable[[], Micros]) -> None:
        self.clock: Final = OutputClock()
        self.head = 0
        """The frame to be rendered next."""
        self.latency = Micros(0)
        """From rendering to being heard, as the card last said."""
        self._now = now
        self._readings: deque[tuple[int, Micros]] = deque(maxlen=256)
        self._underruns = 0

    def fill(self, block: Samples, player: Player, delay_seconds: float, *, has_run_dry: bool) -> None:
        """One callback.

        Args:
            block: To be filled; float32, shape (frames, 2).
            player: Renders it.
            delay_seconds: From now until the block's first frame leaves the output; nonsense is ignored.
            has_run_dry: The output had to play silence before this block.
        """
        local = self._now()
        if 0 <= delay_seconds <= _MOST_LATENCY_SECONDS:
            self.latency = Micros(round(delay_seconds * MICROS_PER_SECOND))
        self._readings.append((self.head, Micros(local + self.latency)))
        self._underruns += has_run_dry
        block[:] = player.render(self.head, len(block)).T
        self.head += len(block)

    def learn(self) -> None:
        """Take what the callbacks noted into the clock. Call it some times a second."""
        while self._readings:
            self.clock.add(*self._readings.popleft())
        if self._underruns:
            _log.warning("the sound device ran dry", times=self._underruns)
            self._underruns = 0
