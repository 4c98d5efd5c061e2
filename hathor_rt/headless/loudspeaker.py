"""A sound card as an output, by way of PortAudio (the extra ``hathor-rt[listen]``)."""

from collections.abc import Callable
from typing import Any, Final

import trio

from hathor_rt.headless.feed import Feed
from hathor_rt.headless.player import Player
from hathor_rt.headless.ports import RoomTime
from hathor_rt.headless.refusals import NoSoundOutput
from hathor_rt.headless.steering import DriftSteering, Steering
from media.pcm import CHANNELS, Samples
from sync.units import MICROS_PER_SECOND, SAMPLE_RATE, Micros

# Time for the last fade to leave the card before the stream is closed.
_FADE_OUT_SECONDS: Final = 0.1
_LOOK_AFTER_SECONDS: Final = 0.05

_INSTALL: Final = "sound cards need the extra: pip install 'hathor-rt[listen]'"
_PORTAUDIO: Final = "sound cards need the PortAudio library: install libportaudio2 (Debian, Ubuntu) or portaudio"


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
        self._feed = Feed(now)
        self._sounddevice = import_sounddevice()
        self._device = int(device) if device is not None and device.isdecimal() else device
        try:
            self._sounddevice.check_output_settings(self._device, CHANNELS, "float32", samplerate=SAMPLE_RATE)
            self.name = str(self._sounddevice.query_devices(self._device, "output")["name"])
        except (ValueError, self._sounddevice.PortAudioError) as error:
            raise NoSoundOutput(f"{device or 'the default device'} cannot be used: {error}") from error

    @property
    def is_ready(self) -> bool:
        """See `Output.is_ready`."""
        return self._feed.clock.is_ready

    @property
    def head(self) -> int:
        """See `Output.head`."""
        return self._feed.head

    @property
    def latency(self) -> Micros:
        """See `Output.latency`."""
        return self._feed.latency

    def frame_at(self, local: Micros) -> float:
        """See `Output.frame_at`."""
        return self._feed.clock.frame_at(local)

    def local_at(self, frame: float) -> Micros:
        """See `Output.local_at`."""
        return self._feed.clock.local_at(frame)

    async def run(self, player: Player, time: RoomTime) -> None:
        """See `Output.run`. Raises `NoSoundOutput` when the device goes away."""
        stream = await trio.to_thread.run_sync(self._open, player)
        try:
            while stream.active:
                self._feed.learn()
                await trio.sleep(_LOOK_AFTER_SECONDS)
            raise NoSoundOutput("the sound device has stopped")
        finally:
            player.silence()
            # Shielded: the fade has to be heard also when the whole program stops; the sleep has its own end.
            with trio.move_on_after(_FADE_OUT_SECONDS, shield=True):
                await trio.sleep_forever()
            stream.close()

    def _open(self, player: Player) -> Any:
        def callback(block: Samples, _frames: int, time: Any, status: Any) -> None:
            delay = time.outputBufferDacTime - time.currentTime
            self._feed.fill(block, player, delay, has_run_dry=bool(status.output_underflow))

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
            self._feed.latency = Micros(round(stream.latency * MICROS_PER_SECOND))
            stream.start()
        except self._sounddevice.PortAudioError as error:
            raise NoSoundOutput(f"the sound device cannot be opened: {error}") from error
        return stream
