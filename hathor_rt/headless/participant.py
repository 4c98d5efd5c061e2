"""A participant without a browser: what the server says, the clock, the sound at hand and the output, brought together."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import structlog
import trio

from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.errands import wants_of
from hathor_rt.headless.fetcher import Fetcher, Source
from hathor_rt.headless.lines import Program
from hathor_rt.headless.link import ComeBack, Door, Link
from hathor_rt.headless.offset import Offset, millis
from hathor_rt.headless.playback import PlaybackReplica
from hathor_rt.headless.player import Player, PlayerStatus
from hathor_rt.headless.ports import Output
from hathor_rt.headless.prober import Prober
from hathor_rt.headless.refusals import TurnedAway
from hathor_rt.headless.schedule import Schedule, program_of
from hathor_rt.headless.sound_checks import SoundChecks
from media.rendition import Codec
from sync.documents.kinds import document_name
from sync.documents.playback import PLAYBACK
from sync.refusal import MalformedUpdate
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.endings import ENDINGS, ending
from sync.wire.frames import (
    Adjusted,
    Changed,
    Enter,
    Entered,
    FromServer,
    Left,
    Open,
    Opened,
    ProbeReply,
    Refused,
    Report,
    SoundCheck,
    Welcome,
)

# Lines move by microseconds between two of these.
_PROGRAM_SECONDS: Final = 0.1
_REPORT_AFTER: Final = Micros(2 * MICROS_PER_SECOND)
# A full room may have a seat in a moment.
_ROOM_FULL_RETRY: Final = Micros(5 * MICROS_PER_SECOND)

CODEC: Final[Codec] = "flac"
"""Exact, and no dearer to decode than Opus."""

_log = structlog.get_logger("hathor.listen")


@dataclass(frozen=True, slots=True)
class Seat:
    """Where to sit: the room, and what opens it."""

    room: str
    invite: str


@dataclass(frozen=True, slots=True)
class Bearings:
    """Where the participant stands, for people.

    Attributes:
        is_online: Whether a connection stands.
        status: What is heard, or would be if there were no sound check.
        check: What sounds instead of the music: "clicks" or "chirps"; empty: nothing does.
        clock_error: Certified error of the room's clock, Micros.
        round_trip: q95 to the server, Micros.
    """

    is_online: bool
    status: PlayerStatus
    check: str
    clock_error: Micros
    round_trip: Micros


class Participant:
    """One device in one room. The guest of its `Link`.

    Args:
        seat: The room.
        source: Where the sound comes from (`Visitor`, introduced already).
        door: How the realtime socket is reached.
        output: Where the sound goes.
        offset: How late that sounds beyond what it says.
        now: The local clock.
    """

    def __init__(
        self, seat: Seat, source: Source, door: Door, output: Output, offset: Offset, now: Callable[[], Micros]
    ) -> None:
        self._seat = seat
        self._output = output
        self._offset = offset
        self._now = now
        self._document = document_name(PLAYBACK, seat.room)
        self._replica = PlaybackReplica()
        self._generation = 0
        self._schedule = Schedule()
        self._program: Program = ()
        self._prober = Prober(now, seed=random.getrandbits(32))
        self._store = ChunkStore()
        self._player = Player(self._store, output.steering)
        self._fetcher = Fetcher(source, seat.room, CODEC, self._store)
        self._link = Link(door, self, now, f"hathor-listen/{version('hathor-rt')}", checks=True)
        self._checks = SoundChecks()
        self._reported_at = Micros(0)
        self._told = ("", False, "")

    async def run(self) -> None:
        """Take part until the output ends or everything is cancelled.

        Raises:
            TurnedAway: The server does not want us (any more).
            NoSoundOutput, BadRecording: The output failed.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._link.run)
            nursery.start_soon(self._fetcher.run)
            nursery.start_soon(self._keep_up)
            await self._output.run(self._player, self._prober)
            nursery.cancel_scope.cancel()

    def bearings(self) -> Bearings:
        """Where we stand now."""
        status = self._player.status(self._output.head)
        prober = self._prober
        return Bearings(self._link.is_online, status, self._checks.kind, prober.error(), prober.round_trip)

    # ── the guest of the link ────────────────────────────────────────────────────────────────────────────────────────

    async def welcomed(self, welcome: Welcome) -> None:
        """See `Guest.welcomed`."""
        self._prober.begin(welcome.clock_epoch)
        self._checks.begin(welcome.connection, welcome.clock_epoch)
        if welcome.generation != self._generation:
            # A backup was put back: what this copy knows belongs to another time line.
            self._generation, self._replica = welcome.generation, PlaybackReplica()
        await self._link.send(Enter(self._seat.room, self._seat.invite, sound=True))
        await self._link.send(Open(self._document, self._replica.state_vector, self._replica.client_id))

    async def stay(self) -> None:
        """See `Guest.stay`."""
        await self._prober.run(self._link.send)

    async def received(self, frame: FromServer, at: Micros) -> None:
        """See `Guest.received`."""
        match frame:
            case ProbeReply():
                self._prober.answered(frame, at)
            case Entered():
                # Another connection knows nothing of what was told, and the server may have what it had not before.
                self._reported_at = Micros(0)
                self._fetcher.hurry()
            case Opened(client_id=client_id, update=update):
                self._replica.client_id = client_id
                self._take(update)
            case Changed(update=update):
                self._take(update)
            case SoundCheck():
                self._checks.take(frame)
                self._refresh()
            case Adjusted():
                await self._adjust(frame)
            case Left(code=code, reason=reason) if code:
                raise TurnedAway(code, reason)
            case Refused(about="enter" | "open", code=code, reason=reason):
                raise _verdict(code, reason)
            case _:
                pass

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, update: bytes) -> None:
        try:
            transport = self._replica.apply(update)
        except MalformedUpdate as refusal:
            # A newer server may say what this version does not understand: what was understood goes on.
            _log.warning("a record was not understood", reason=refusal.reason)
            return
        if transport is not None and self._schedule.take(transport):
            self._prober.set_playing(transport.status == "playing")
            self._refresh()

    async def _adjust(self, told: Adjusted) -> None:
        """Somebody measured this output: it moves at once, and whoever minds can put it back."""
        before = self._offset.micros
        self._offset.put(before + told.change)
        self._refresh(is_shifted=True)
        is_kept = await trio.to_thread.run_sync(self._offset.keep)
        _log.info(
            "the offset was moved",
            by=told.name,
            from_ms=millis(before),
            to_ms=millis(self._offset.micros),
            kept=is_kept,
            undo=f"hathor listen --offset {millis(before)}",
        )

    async def _keep_up(self) -> None:
        while True:
            self._refresh()
            await self._report()
            await trio.sleep(_PROGRAM_SECONDS)

    def _refresh(self, *, is_shifted: bool = False) -> None:
        """Bring the player's lines and marks up to date with what holds and with the clocks, and fetch for them.

        `is_shifted`: the offset was moved.
        """
        output, prober = self._output, self._prober
        if not output.is_ready or not prober.is_known:
            self._player.mark(self._checks.silence())
            return
        now = prober.to_room(Micros(output.local_at(output.head) + self._offset.micros))
        self._player.mark(self._checks.marking(now, self._frame_at))
        records = self._schedule.from_instant(now, prober.epoch)
        if not records:
            # A new timebase whose record is still on its way: what played goes on.
            return
        self._program = program_of(records, now, self._frame_at)
        self._player.follow(self._program, prober.error(), is_shifted=is_shifted)
        self._fetcher.want(wants_of(self._program, output.head))

    def _frame_at(self, instant: Micros) -> float:
        """The frame that is heard at a room instant: what sounds late is fed early."""
        return self._output.frame_at(Micros(self._prober.to_local(instant) - self._offset.micros))

    async def _report(self) -> None:
        """Tell the server how we play: every 2 s, and at once when it may let others start or changes what they see."""
        status = self._player.status(self._output.head)
        news = (status.sounding, status.has_sound, status.line_entry)
        now = self._now()
        if news == self._told and now - self._reported_at < _REPORT_AFTER:
            return
        report = Report(
            room=self._seat.room,
            state=status.sounding,
            playback_error=round(status.error),
            clock_error=self._prober.error(),
            round_trip=self._prober.round_trip,
            lead_needed=self._output.latency + self._offset.micros,
            first_segment=status.has_sound,
            entry=status.line_entry,
        )
        if await self._link.send(report):
            self._told, self._reported_at = news, now


def _verdict(code: str, reason: str) -> Exception:
    """What a refused entrance means: come back later where that may help."""
    if code == "room-full":
        return ComeBack(ending("overloaded", reason, _ROOM_FULL_RETRY))
    rule = ENDINGS.get(code)
    if rule is not None and rule.retry_after >= 0:
        return ComeBack(ending(code, reason))
    return TurnedAway(code, reason)
