"""One plain Yjs client: y-websocket messages in, frames of the document's owner out as such messages."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import Final

import structlog
import trio

from hathor_rt.accounts.document_tokens import Bearer
from hathor_rt.documents.awareness import Attested
from hathor_rt.documents.ports import DocumentSeat, SharedPayload, Visitor
from hathor_rt.ids import ConnectionId
from hathor_rt.observations import Observations
from hathor_rt.timebase import Timebase
from sync.refusal import MalformedFrame, Refusal
from sync.units import Micros
from sync.wire.endings import ending
from sync.wire.frames import Changed, Ending, FromServer, Left, Opened, Refused
from sync.wire.yjs import Aware, Denied, Edited, PeerState, QueryAwareness, Step1, decode, edited, step_1, step_2
from web.realtime.fanout import FanoutStream
from web.realtime.frame_reader import FrameReader, SocketClosed
from web.realtime.framing import binary_frame
from web.realtime.meters import MESSAGES_PER_QUESTION, Budget, Meter
from web.realtime.signs_of_life import SignsOfLife
from web.realtime.yjs_closing import Closing, closing
from web.realtime.yjs_table import Table, frames

# The largest update of any kind of document, and the headers around it; presence that is repeated may be as long.
LONGEST_MESSAGE: Final = 256 * 1024 + 64
# Clean-up that talks to a peer or an owner gets this long.
PARTING_SECONDS: Final = 1
# Ids that one connection may want to be known by: a page has one, or two after Yjs met its own operations.
MOST_VOICES: Final = 8
# Behind this many bytes a state is as good as everything there is: shared, not framed anew.
_SHARED_FROM: Final = 1024

_log = structlog.get_logger("hathor.yjs")

MayBe = Callable[[int], Awaitable[bool]]
"""Whether a client id is this principal's, or may become so."""


class YjsConnection:
    """The server's side of one WebSocket. Implements the outlet of its seat, and sits at the document's table.

    Args:
        visitor: Who is there.
        bearer: What its token said.
        stream: Owns all writes.
        reader: Reads messages and answers control frames.
        table: Everybody at this document.
        may_be: Whose client ids are.
        timebase: Tells how long it was silent.
        heartbeat: See `SignsOfLife`.
        budget: What it may send.
        observations: Told what was delivered.
    """

    # An update touches one of these for each reader: fewer bytes to fetch.
    __slots__ = (
        "_attested", "_closing", "_debt_seconds", "_has_missed_presence", "_may_be", "_meter", "_now", "_observations",
        "_owes_readable", "_reader", "_scope", "_seat", "_signs_of_life", "_stream", "_table", "_visitor", "_voices", "token",
    )  # fmt: skip

    def __init__(
        self,
        visitor: Visitor,
        bearer: Bearer,
        stream: FanoutStream,
        reader: FrameReader,
        table: Table,
        may_be: MayBe,
        timebase: Timebase,
        heartbeat: Micros,
        budget: Budget,
        observations: Observations | None = None,
    ) -> None:
        self._visitor: Final = visitor
        self._stream = stream
        self._reader = reader
        self._table = table
        self._may_be = may_be
        self._observations = observations or Observations()
        self._now = timebase.now
        self._attested = Attested(visitor.principal, visitor.name, bearer.role)
        self._meter = Meter(budget, trio.current_time(), longest_message=LONGEST_MESSAGE)
        self._signs_of_life = SignsOfLife(stream, self._meter, heartbeat, timebase.now())
        self._scope = trio.CancelScope()
        self._closing: Closing | None = None
        self._seat: DocumentSeat | None = None
        self._owes_readable = False
        self._has_missed_presence = False
        self._debt_seconds = 0.0
        self._voices = 0
        self.token: Final = bearer.token

    @property
    def connection(self) -> ConnectionId:
        """Its id, fresh for every socket."""
        return self._visitor.connection

    # ── the outlet ───────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, frame: FromServer) -> None:
        """What the document's owner answers this connection."""
        match frame:
            case Opened(update=update, state_vector=state_vector):
                is_shared = len(update) >= _SHARED_FROM
                self._queue(self._table.state_frame(update) if is_shared else binary_frame(step_2(update)))
                # Whatever the client has and we lack, it sends in answer to this.
                self._queue(binary_frame(step_1(state_vector)))
            case Changed(update=update):
                self._queue(binary_frame(edited(update)))
            case Refused(code=code, reason=reason):
                self._observations.refusals[code] += 1
                self._close(code, reason)
            case Left(code=code, reason=reason):
                self._close(code or "refused", reason)
            case _:
                return  # frames of our own protocol that say nothing to a Yjs client

    def push(self, shared: SharedPayload) -> bool:
        """Offer an update of a tick; False: declined."""
        if self._closing is not None:
            return False
        plain = shared.plain
        if plain is None:
            if not isinstance(shared.frame, Changed):
                return True
            plain = shared.plain = SharedPayload(framed=binary_frame(edited(shared.frame.update)))
        # As `_offer`: this is called for every reader of every update.
        if self._stream.push(plain):
            self._observations.deliveries += 1
            if self._has_missed_presence:
                self._tell_everyone()
            return True
        self._observations.declined += 1
        self._owes_readable = True
        return False

    def end(self, ending: Ending) -> None:
        """Close; the first reason given is the one told."""
        self._close(ending.code, ending.reason)

    def refuse(self, refusal: Refusal) -> None:
        """Close for this reason."""
        self._observations.refusals[refusal.code] += 1
        self._close(refusal.code, refusal.reason)

    @property
    def is_behind(self) -> bool:
        """Whether something waits for the peer to read."""
        return self._stream.is_waiting

    def tell(self, shared: SharedPayload) -> None:
        """Presence of others."""
        if self._closing is None and not self._offer(shared):
            self._has_missed_presence = True

    # ── its life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def live(self, follow: Callable[["YjsConnection"], Awaitable[DocumentSeat]]) -> None:
        """Serve messages until the peer leaves or the server ends it. One connection's failure stays its own."""
        try:
            with self._scope:
                self._seat = await follow(self)
                self._stream.on_caught_up = self._caught_up
                self._table.sit(self)
                self._tell_everyone()
                while True:
                    await self._take(await self._next(), self._seat)
        except SocketClosed:
            pass
        except Refusal as refusal:
            self.refuse(refusal)
        except Exception:  # of one connection: one of the three places that take every exception
            _log.exception("connection failed")
            self.end(ending("failed"))

    async def part(self) -> None:
        """Leave the document, tell the peer why, close. Takes at most a second or two."""
        self._table.leave(self.connection)
        # Shielded: the document's owner must hear of it even when the whole server stops.
        with trio.move_on_after(PARTING_SECONDS, shield=True):
            last_word = self._closing or Closing(1000, "")
            # Said before the owner is told, who may be busy; only then the peer's answer is waited for.
            self._reader.say_goodbye(last_word.code, last_word.reason)
            if self._seat is not None:
                await self._seat.leave()
            await self._reader.close(last_word.code, last_word.reason)

    def look_after(self, now: Micros, *, stale_after: Micros) -> None:
        """Called about once a second: ping an idle peer, end a silent one, dismiss one that stopped reading."""
        if self._closing is None:
            self._signs_of_life.look(now, stale_after=stale_after, end=self.end, dismiss=self._dismiss)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _next(self) -> Sequence[bytes | str]:
        if self._debt_seconds:
            await trio.sleep(self._debt_seconds)
        return await self._reader.messages()

    async def _take(self, messages: Sequence[bytes | str], seat: DocumentSeat) -> None:
        """All messages of one receive: the updates among them go to the owner together."""
        updates: list[bytes] = []
        for message in messages:
            if isinstance(message, str):
                raise MalformedFrame("messages are binary, this one is text")
            told = decode(message)
            is_question = isinstance(told, Step1 | QueryAwareness)
            weight = MESSAGES_PER_QUESTION if is_question else 1
            self._debt_seconds = self._meter.charge(len(message), trio.current_time(), as_messages=weight)
            if is_question:
                if updates:
                    await seat.edit(updates)
                    updates = []
                # Thousands may have come at once, and each is a lot of work.
                debt, self._debt_seconds = self._debt_seconds, 0.0
                await trio.sleep(debt)
            match told:
                case Edited(update=update):
                    updates.append(update)
                case Step1(state_vector=state_vector):
                    await seat.open(state_vector)
                case Aware(states=states):
                    await self._hear(states)
                case QueryAwareness():
                    self._tell_everyone()
                case Denied():
                    pass  # only servers have something to say with it
        if updates:
            await seat.edit(updates)

    async def _hear(self, states: Sequence[PeerState]) -> None:
        awareness = self._table.awareness
        candidate = awareness.candidate(self.connection, states)
        if candidate and self._voices < MOST_VOICES:
            self._voices += 1
            if await self._may_be(candidate):
                awareness.adopt(self.connection, candidate)
        awareness.hear(self.connection, self._attested, states, self._now())

    def _tell_everyone(self) -> None:
        """All presence. A crowd's is more than may wait as an answer: beyond the first frame it is fed."""
        self._has_missed_presence = False
        told = frames(self._table.awareness.everyone())
        first, second = next(told, None), next(told, None)
        if first is not None:
            self._queue(first.framed)
        if second is not None and self._closing is None:
            self._stream.feed("presence", (shared.framed for shared in chain((second,), told)))

    def _caught_up(self) -> None:
        if self._owes_readable and self._seat is not None:
            self._owes_readable = False
            # What changed comes first, and presence behind it: a crowd's could keep the updates away for good.
            self._seat.readable()
        elif self._has_missed_presence:
            self._tell_everyone()

    def _offer(self, shared: SharedPayload) -> bool:
        is_taken = self._stream.push(shared)
        if is_taken:
            self._observations.deliveries += 1
        else:
            self._observations.declined += 1
        return is_taken

    def _queue(self, frame: bytes) -> None:
        if self._closing is None and not self._stream.queue(frame):
            self._dismiss("answers pile up")

    def _close(self, code: str, reason: str) -> None:
        if self._closing is None:
            self._closing = closing(code, reason)
            self._observations.endings[code] += 1
            self._scope.cancel()

    def _dismiss(self, why: str) -> None:
        _log.info("slow reader dismissed", connection=self.connection, why=why)
        self.end(ending("too-slow"))
        self._stream.abort()
