"""A recording as an output: a sound card that runs by this machine's monotonic clock at exactly 48 kHz."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import trio

from hathor_rt.headless.player import Player
from hathor_rt.headless.ports import RoomTime
from hathor_rt.headless.stamps import Stamp, StampFile, stamps_path
from hathor_rt.headless.steering import Steering, WholeFrameSteering
from hathor_rt.headless.voice import FADE_FRAMES
from hathor_rt.headless.wav_file import WavFile
from media.pcm import Samples
from sync.units import MICROS_PER_SECOND, SAMPLE_RATE, Micros

# What is rendered is at most this old: never ahead of the present, so that a recording knows no more than a listener.
_BLOCK_SECONDS: Final = 0.05
# After a sleep of the machine it catches up in pieces of this length.
_MOST_FRAMES: Final = SAMPLE_RATE


class Recorder:
    """`Output` into a WAV file, with its stamps beside it.

    Args:
        path: The file; replaced if it is there.
        now: The local clock.
        frames: Length of the recording; None: until cancelled.

    Raises:
        BadRecording: The files cannot be created.
    """

    def __init__(self, path: Path, now: Callable[[], Micros], frames: int | None) -> None:
        # A file is no loudspeaker that is calibrated once: the next one begins anew.
        self.name = ""
        self.steering: Steering = WholeFrameSteering()
        self.latency = Micros(0)
        self.head = 0
        self.is_ready = False
        self._now = now
        self._frames = frames
        self._origin = Micros(0)
        self._wav = WavFile(path)
        self._stamps = StampFile(stamps_path(path))

    def frame_at(self, local: Micros) -> float:
        """See `Output.frame_at`."""
        return (local - self._origin) * SAMPLE_RATE / MICROS_PER_SECOND

    def local_at(self, frame: float) -> Micros:
        """See `Output.local_at`."""
        return Micros(self._origin + round(frame * MICROS_PER_SECOND / SAMPLE_RATE))

    async def run(self, player: Player, time: RoomTime) -> None:
        """See `Output.run`."""
        self._origin = self._now()
        self.is_ready = True
        last = None if self._frames is None else max(0, self._frames - FADE_FRAMES)
        with self._wav, self._stamps:
            try:
                while last is None or self.head < last:
                    await trio.sleep(_BLOCK_SECONDS)
                    due = int(self.frame_at(self._now())) - self.head
                    count = min(due, _MOST_FRAMES, _MOST_FRAMES if last is None else last - self.head)
                    if count > 0:
                        await self._record(player, time, count)
            finally:
                player.silence()
                rest = FADE_FRAMES if self._frames is None else min(FADE_FRAMES, self._frames - self.head)
                self._wav.write(player.render(self.head, max(0, rest)))

    async def _record(self, player: Player, time: RoomTime, count: int) -> None:
        frame = self.head
        sound = player.render(frame, 1)
        # After the first frame, which takes up whatever holds from this block on.
        stamp = self._stamp(player, time, frame + 1)
        rest = player.render(frame + 1, count - 1)
        self.head = frame + count
        await trio.to_thread.run_sync(partial(self._write, (sound, rest), stamp))

    def _write(self, sounds: tuple[Samples, ...], stamp: Stamp) -> None:
        for sound in sounds:
            self._wav.write(sound)
        self._stamps.write(stamp)

    def _stamp(self, player: Player, time: RoomTime, frame: int) -> Stamp:
        status, local = player.status(frame), self.local_at(frame)
        return Stamp(
            file_frame=frame,
            local_at=local,
            server_instant=time.to_room(local) if time.is_known else None,
            clock_error=time.error(),
            state=status.sounding,
            entry=status.entry,
            track=status.track,
            position=round(status.position * MICROS_PER_SECOND / SAMPLE_RATE),
            playback_error=round(status.error),
            rate_ppm=round(status.ppm),
        )
