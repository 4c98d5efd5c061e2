"""What a participant tells its person: one line every few seconds."""

import sys
from collections.abc import Callable
from typing import Final

import click
import structlog
import trio

from hathor_rt.headless.participant import Bearings
from sync.units import SAMPLE_RATE

EVERY_SECONDS: Final = 5
_FIRST_AFTER_SECONDS: Final = 2

_log = structlog.get_logger("hathor.listen")


async def tell(room: str, bearings: Callable[[], Bearings], name_of: Callable[[str], str]) -> None:
    """Tell where we stand until cancelled: as a line on a terminal, as a log line otherwise.

    Args:
        room: Name of the room.
        bearings: Where we stand.
        name_of: Name of a track; blocks.
    """
    await trio.sleep(_FIRST_AFTER_SECONDS)
    names: dict[str, str] = {}
    while True:
        here = bearings()
        track = here.status.track
        if track and track not in names:
            names[track] = await trio.to_thread.run_sync(name_of, track, abandon_on_cancel=True)
        if sys.stderr.isatty():
            click.echo(sentence(room, names.get(track, ""), here), err=True)
        else:
            _log.info(
                "listening",
                room=room,
                track=names.get(track, ""),
                state=(here.check or here.status.sounding) if here.is_online else "offline",
                position=clock_face(here.status.position),
                error_micros=round(here.status.error),
                clock_error_micros=here.clock_error,
                round_trip_micros=here.round_trip,
            )
        await trio.sleep(EVERY_SECONDS)


def sentence(room: str, track: str, here: Bearings) -> str:
    """The line for a terminal."""
    status = here.status
    music = f"{track} {clock_face(status.position)}" if status.track else "nothing sounds"
    parts = [room, f"sound check: {here.check} instead of the music"] if here.check else [room, music, status.sounding]
    if status.track:
        parts.append(f"error {status.error / 1000:+.2f} ms, clock ± {here.clock_error / 1000:.2f} ms")
    parts.append(f"round trip {here.round_trip / 1000:.1f} ms" if here.is_online else "no connection, trying again")
    return "  ·  ".join(parts)


def clock_face(frames: float) -> str:
    """Minutes and seconds of a position."""
    seconds = int(frames) // SAMPLE_RATE
    return f"{seconds // 60}:{seconds % 60:02d}"
