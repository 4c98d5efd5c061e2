"""A sound card as an output, by way of PortAudio (the extra ``hathor-rt[listen]``)."""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog
import trio

from hathor_rt.headless.output_clock import OutputClock
from hathor_rt.headless.outputs import RoomTime
from hathor_rt.headless.player import Player
from hathor_rt.headless.refusals import NoSoundOutput
from hathor_rt.headless.steering import DriftSteering, Steering
from media.pcm import CHANNELS, Samples
from sync.units import MICROS_PER_SECOND, SAMPLE_RATE, Micros

# Time for the last fade to leave the card before the stream is closed.
_FADE_OUT_SECONDS: Final = 0.1
_LOOK_AFTER_SECONDS: Final = 0.05
# A card that tells a latency beyond this tells nonsense.
_MOST_LATENCY_SECONDS: Final = 3.0

_INSTALL: Final = "sound cards need the extra: pip install 'hathor-rt[listen]'"
_PORTAUDIO: Final = "sound cards need the PortAudio library: install libportaudio2 (Debian, Ubuntu) or portaudio"

_log = structlog.get_logger("hathor.listen")


class CallbackTime(Protocol):
    """What PortAudio tells a callback, in seconds on the stream's clock."""

    currentTime: float  # noqa: N815  # PortAudio's name
    outputBufferDacTime: float  # noqa: N815


def import_sounddevice() -> Any:
    """The sounddevice module.

    Raises:
        NoSoundOutput: It, or the library under it, is not installed.
    """
    try:
        import sounddevice
    except ModuleNotFoundError as error:
        raise NoSoundOutput(_INSTALL) from error
    except OSError as error:
        raise NoSoundOutput(_PORTAUDIO) from error
    return sounddevice


class Loudspeaker:
    """`Output` through a sound card.

    Args:
        device: Name (or a part of it) or number of the device; None: the default one.
        now: The local clock.

    Raises:
        NoSoundOutput: There is no such device, or no PortAudio.
    """

    def __init__(self, device: str | None, now: Callable[[], Micros]) -> None:
        self.steering: Steering = DriftSteering()
        self.head = 0
        self.latency = Micros(0)
        self._now = now
        self._clock = OutputClock()
        # Filled by the callback's thread, emptied by the loop's; appending and popping are atomic.
        self._readings: deque[tuple[int, Micros]] = deque(maxlen=256)
        self._underruns = 0
        self._player: Player | None = None
        self._sounddevice = import_sounddevice()
        self._device = int(device) if device is not None and device.isdecimal() else device
        try:
            self._sounddevice.check_output_settings(self._device, CHANNELS, "float32", samplerate=SAMPLE_RATE)
        except (ValueError, self._sounddevice.PortAudioError) as error:
            raise NoSoundOutput(f"{device or 'the default device'} cannot be used: {error}") from error

    @property
    def is_ready(self) -> bool:
        """See `Output.is_ready`."""
        return self._clock.is_ready

    def frame_at(self, local: Micros) -> float:
        """See `Output.frame_at`."""
        return self._clock.frame_at(local)

    def local_at(self, frame: float) -> Micros:
        """See `Output.local_at`."""
        return self._clock.local_at(frame)

    async def run(self, player: Player, time: RoomTime) -> None:
        """See `Output.run`. Raises `NoSoundOutput` when the device goes away."""
        self._player = player
        stream = await trio.to_thread.run_sync(self._open)
        try:
            while stream.active:
                self.learn()
                await trio.sleep(_LOOK_AFTER_SECONDS)
            raise NoSoundOutput("the sound device has stopped")
        finally:
            player.silence()
            # Shielded: the fade has to be heard also when the whole program stops; the sleep has its own end.
            with trio.move_on_after(_FADE_OUT_SECONDS, shield=True):
                await trio.sleep_forever()
            stream.close()

    def learn(self) -> None:
        """Take the callback's readings into the clock."""
        while self._readings:
            self._clock.add(*self._readings.popleft())
        if self._underruns:
            _log.warning("the sound device ran dry", times=self._underruns)
            self._underruns = 0

    def fill(self, block: Samples, time: CallbackTime, *, has_run_dry: bool) -> None:
        """One callback: note when the block will be heard, and render it.

        Args:
            block: To be filled; float32, shape (frames, 2).
            time: What PortAudio says of the block.
            has_run_dry: The output had to play silence before this block.
        """
        assert self._player is not None, "the stream runs within `run`"
        local = self._now()
        delay = time.outputBufferDacTime - time.currentTime
        if 0 <= delay <= _MOST_LATENCY_SECONDS:
            self.latency = Micros(round(delay * MICROS_PER_SECOND))
        self._readings.append((self.head, Micros(local + self.latency)))
        self._underruns += has_run_dry
        block[:] = self._player.render(self.head, len(block)).T
        self.head += len(block)

    def _open(self) -> Any:
        def callback(block: Samples, _frames: int, time: CallbackTime, status: Any) -> None:
            self.fill(block, time, has_run_dry=bool(status.output_underflow))

        try:
            stream = self._sounddevice.OutputStream(
                samplerate=SAMPLE_RATE,
                channels=CHANNELS,
                dtype="float32",
                device=self._device,
                callback=callback,
                # Nobody waits for a reaction; what counts is that it never runs dry.
                latency="high",
            )
            self.latency = Micros(round(stream.latency * MICROS_PER_SECOND))
            stream.start()
        except self._sounddevice.PortAudioError as error:
            raise NoSoundOutput(f"the sound device cannot be opened: {error}") from error
        return stream
