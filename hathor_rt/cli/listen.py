"""`hathor listen`: a participant without a browser."""

import signal
import time
from functools import partial
from pathlib import Path

import click
import structlog
import trio

from hathor_rt.config import Config
from hathor_rt.headless.address import Address, parse_address
from hathor_rt.headless.certificates import client_context
from hathor_rt.headless.link import Door
from hathor_rt.headless.loudspeaker import Loudspeaker
from hathor_rt.headless.offset import LEAST, MOST, Offset, millis
from hathor_rt.headless.participant import Participant, Seat
from hathor_rt.headless.ports import Output
from hathor_rt.headless.recorder import Recorder
from hathor_rt.headless.told import tell
from hathor_rt.headless.visitor import Visitor
from hathor_rt.logs import configure_logs
from hathor_rt.refusals import BadSetting
from sync.units import SAMPLE_RATE, Micros

COOKIES = "listen-cookies.txt"
OFFSETS = "listen-offsets.json"

_log = structlog.get_logger("hathor.listen")


def run(
    url: str,
    *,
    wav: Path | None,
    device: str | None,
    seconds: float | None,
    offset: float | None,
    name: str,
    accepts_any_certificate: bool,
    config: Config | None = None,
) -> None:
    """Join the room at `url` and play until Ctrl+C, SIGTERM or the end of `seconds`.

    Args:
        url: A room's link or a server's address.
        wav: Record into this file (and ``<wav>.json``); None: play.
        device: The sound device to play on; None: the default one.
        seconds: Stop after this long.
        offset: How many milliseconds late the output sounds, -1000 … 5000; None: as kept, or 0.
        name: Name shown to the room.
        accepts_any_certificate: Do not judge https certificates.
        config: Log settings; its data folder, unless it is the default one, keeps who this device is and the offset of
            each output.

    Raises:
        BadSetting: `wav` and `device` were both given, or `seconds` or `offset` is out of range.
        BadAddress, NoRoom, Unreachable, Untrusted, TurnedAway: There is no taking part.
        NoSoundOutput, BadRecording: There is no output.
    """
    chosen = config or Config()
    if wav is not None and device is not None:
        raise BadSetting("choose one of --wav and --device")
    if seconds is not None and not 0 < seconds < float("inf"):
        raise BadSetting("--seconds is a length of time above 0")
    if offset is not None and not LEAST <= offset * 1000 <= MOST:
        raise BadSetting(f"--offset is between {millis(LEAST)} and {millis(MOST)} milliseconds")
    address = parse_address(url)
    configure_logs(chosen.log_format, chosen.log_level)
    output: Output
    if wav is None:
        output = Loudspeaker(device, local_now)
    else:
        output = Recorder(wav, local_now, None if seconds is None else round(seconds * SAMPLE_RATE))
    tls = client_context(accepts_any_certificate=accepts_any_certificate) if address.scheme == "https" else None
    # A guest that is kept belongs to a folder somebody chose; the default one is the server's own.
    folder = chosen.data if chosen.data != Config().data else None
    visitor = Visitor(address, tls, folder and folder / COOKIES)
    correction = Offset(output.name, folder and folder / OFFSETS)
    if offset is not None:
        correction.put(round(offset * 1000))
        correction.keep()
    trio.run(partial(_listen, address, visitor, output, correction, name, is_device=wav is None, seconds=seconds))


def local_now() -> Micros:
    """This machine's monotonic clock."""
    return Micros(time.monotonic_ns() // 1000)


async def _listen(
    address: Address,
    visitor: Visitor,
    output: Output,
    offset: Offset,
    name: str,
    *,
    is_device: bool,
    seconds: float | None,
) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_on_signal, nursery.cancel_scope)
        await trio.to_thread.run_sync(visitor.introduce, name, abandon_on_cancel=True)
        room, room_name = await trio.to_thread.run_sync(visitor.find_room, abandon_on_cancel=True)
        door = Door(address, visitor.tls, visitor.cookie_header)
        participant = Participant(Seat(room, address.invite), visitor, door, output, offset, local_now)
        _log.info("joining", room=room_name, server=address.base, offset_ms=millis(offset.micros))
        nursery.start_soon(tell, room_name, participant.bearings, visitor.track_name)
        # A recording counts its own frames; a loudspeaker is stopped by the clock.
        with trio.move_on_after(float("inf") if seconds is None or not is_device else seconds):
            await participant.run()
        nursery.cancel_scope.cancel()
    click.echo("Stopped listening.", err=True)


async def _stop_on_signal(everything: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            everything.cancel()
            return
