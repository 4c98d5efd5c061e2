"""What all cards played, as samples on one clock."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from loadtests.insync.pulse import RATE, Pulse, PulseFailure

Signal: TypeAlias = NDArray[np.float32]

# -80 dBFS: music fades through it within milliseconds, dither and silence stay below.
SILENT: Final = 1e-4
_BYTES: Final = 4
_START_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished recording.

    Attributes:
        samples: float32, shape (frames, 2 · clients), nominal range -1..1; lies in a file, read as needed.
    """

    samples: Signal

    @property
    def seconds(self) -> float:
        """Length."""
        return float(len(self.samples) / RATE)

    def client(self, number: int, start: int = 0, end: int | None = None) -> Signal:
        """Both channels of a client mixed to one, frames `start` … `end`."""
        pair = self.samples[start:end, 2 * number : 2 * number + 2]
        return np.ascontiguousarray(pair.mean(axis=1, dtype=np.float32))

    def channel(self, number: int, start: int = 0, end: int | None = None) -> Signal:
        """One channel alone."""
        return np.ascontiguousarray(self.samples[start:end, number])


class Recorder:
    """A recording in progress. `path` grows by one float32 per channel and frame."""

    def __init__(self, path: Path, channels: int) -> None:
        self._path = path
        self._channels = channels

    @property
    def now(self) -> int:
        """Frame that was recorded last; what a page does now sounds from here on (to within the recorder's 40 ms)."""
        return self._path.stat().st_size // (_BYTES * self._channels)

    def level(self, client: int, seconds: float = 0.1) -> float:
        """Root mean square of what a client played in the last `seconds`; 0 while there is not so much yet."""
        frames = round(seconds * RATE)
        end = self.now
        if end < frames:
            return 0.0
        last = self.taken(end - frames).client(client)
        return float(np.sqrt(np.mean(np.square(last, dtype=np.float64))))

    def first_loud(self, client: int, start: int) -> int:
        """Frames after `start` at which a client's sound exceeds silence for the first time; all there are if it does not."""
        loud = self._loud(client, start)
        return int(loud[0]) if loud.size else self.now - start

    def last_loud(self, client: int, start: int) -> int:
        """Frames after `start` at which it did so last; 0 if it does not."""
        loud = self._loud(client, start)
        return int(loud[-1]) if loud.size else 0

    def _loud(self, client: int, start: int) -> NDArray[np.intp]:
        return np.nonzero(np.abs(self.taken(start).client(client)) > SILENT)[0]

    def taken(self, start: int = 0) -> Recording:
        """The recording from frame `start` until now."""
        frames = self.now - start
        if frames <= 0:
            return Recording(np.zeros((0, self._channels), np.float32))
        width = _BYTES * self._channels
        shape = (frames, self._channels)
        return Recording(np.memmap(self._path, np.float32, "r", offset=start * width, shape=shape))


@contextmanager
def recorder(pulse: Pulse, path: Path) -> Iterator[Recorder]:
    """Record all cards into `path` for as long as the block runs.

    Raises:
        PulseFailure: nothing arrived within 10 s.
    """
    channels = 2 * pulse.clients
    with path.open("wb") as sink:
        process = subprocess.Popen(
            [
                "parec",
                f"--device={pulse.monitor}",
                f"--rate={RATE}",
                "--format=float32le",
                f"--channels={channels}",
                f"--channel-map={pulse.channel_map}",
                "--latency-msec=40",
                "--raw",
            ],
            env=pulse.environment(),
            stdout=sink,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    running = Recorder(path, channels)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while running.now == 0:
            if process.poll() is not None or time.monotonic() > deadline:
                raise PulseFailure("parec records nothing")
            time.sleep(0.02)  # noqa: TID251 (a measuring process without a loop)
        yield running
    finally:
        process.terminate()
        process.wait(5)
