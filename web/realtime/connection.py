"""One realtime connection from its first frame to its last: bytes become frames, refusals become answers."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, assert_never

import structlog
import trio

from hathor_rt.ids import ConnectionId, RoomId
from hathor_rt.observations import Observations
from hathor_rt.rooms.ports import SharedPayload
from hathor_rt.timebase import Timebase
from sync.refusal import FrameTooLarge, MalformedFrame, Refusal
from sync.units import Micros
from sync.wire.codec import decode_client, encode
from sync.wire.endings import close_code, ending
from sync.wire.frames import (
    MAX_OUTBOUND_BYTES,
    Changed,
    Close,
    Command,
    Ending,
    FromServer,
    Hello,
    Open,
    Opened,
    Probe,
    ProbeReply,
    Refused,
    Report,
    Update,
)
from sync.wire.portions import CUT_BEYOND_BYTES, portions
from sync.wire.session import (
    Answer,
    Delivery,
    Departure,
    Entrance,
    Goodbye,
    Greeting,
    Probing,
    ServerEvent,
    ServerSession,
)
from web.answers import ending_of
from web.realtime.fanout import FanoutStream
from web.realtime.frame_parser import Message
from web.realtime.frame_reader import FrameReader, SocketClosed
from web.realtime.framing import binary_frame
from web.realtime.inbox import Inbox
from web.realtime.meters import MESSAGES_PER_QUESTION, Budget, Meter
from web.realtime.seats import SeatEvent, Seats
from web.realtime.signs_of_life import SignsOfLife

# A client says hello in its first packet; a socket that does not is no client of ours.
HELLO_SECONDS: Final = 10
# Clean-up that talks to a peer or a room gets this long.
PARTING_SECONDS: Final = 1

_log = structlog.get_logger("hathor.connection")


class Connection:
    """The server's side of one WebSocket. Implements the line that outlets write to.

    Args:
        connection: Its id.
        stream: Owns all writes.
        reader: Reads messages and answers control frames.
        timebase: The clock of probes.
        heartbeat: See `SignsOfLife`.
        budget: What it may send.
        observations: Told what was delivered, refused and ended.
    """

    def __init__(
        self,
        connection: ConnectionId,
        stream: FanoutStream,
        reader: FrameReader,
        timebase: Timebase,
        heartbeat: Micros,
        budget: Budget,
        observations: Observations | None = None,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._reader = reader
        self._observations = observations or Observations()
        self._now = timebase.now
        self._session = ServerSession(timebase.now(), heartbeat)
        self._meter = Meter(budget, trio.current_time())
        self._scope = trio.CancelScope()
        self._ending: Ending | None = None
        self._seats: Seats | None = None
        self._arrived_at = timebase.now()
        self._signs_of_life = SignsOfLife(stream, self._meter, heartbeat, self._arrived_at)
        self._debt_seconds = 0.0
        self._inbox: Inbox[SeatEvent] = Inbox(stream.nursery, self._serve)

    @property
    def connection(self) -> ConnectionId:
        """Its id, fresh for every socket."""
        return self._connection

    # ── the line ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, frame: FromServer) -> None:
        """Queue a frame for this peer; one that lets 256 KiB of answers pile up is dismissed."""
        if self._ending is not None:
            return
        if isinstance(frame, Opened) and self._feed(frame):
            return
        if isinstance(frame, Refused):
            self._observations.refusals[frame.code] += 1
        try:
            encoded = encode(frame)
        except FrameTooLarge as refusal:
            # A document grew beyond what one frame carries. Whoever sends is not to blame, so nothing is raised at them.
            _log.error(
                "frame too large to send",
                connection=self._connection,
                frame=type(frame).__name__,
                reason=refusal.reason,
            )
            self.end(ending("failed", "the server has more to say than fits into one frame"))
            return
        self._session.sent(frame)
        if not self._stream.queue(binary_frame(encoded)):
            self._dismiss("answers pile up")

    def _feed(self, opened: Opened) -> bool:
        """Send a long answer in portions if the peer takes them; False: send it as one frame."""
        # A client that opens a document again must not get the end of the earlier answer after the new one.
        self._stream.starve(opened.document)
        if not self._session.takes_portions or not CUT_BEYOND_BYTES < len(opened.update) <= MAX_OUTBOUND_BYTES:
            return False
        if not self._stream.feed(opened.document, (binary_frame(encode(each)) for each in portions(opened))):
            self._dismiss("documents pile up")
        self._session.sent(opened)
        return True

    def push(self, shared: SharedPayload) -> bool:
        """Offer a broadcast; False: declined."""
        if self._ending is not None:
            return False
        is_long = len(shared.framed or shared.payload) > CUT_BEYOND_BYTES
        is_taken = self._push_long(shared) if is_long else self._stream.push(shared)
        if is_taken:
            self._observations.deliveries += 1
        else:
            self._observations.declined += 1
        return is_taken

    def _push_long(self, shared: SharedPayload) -> bool:
        """What was missed may be as long as a document, and goes as one does: probes overtake it."""
        frame = shared.frame
        if not isinstance(frame, Changed) or not self._session.takes_portions or self._stream.is_waiting:
            return self._stream.push(shared)
        return self._stream.feed(frame.document, (binary_frame(encode(each)) for each in portions(frame)))

    @property
    def is_behind(self) -> bool:
        """Whether something waits for the peer to read."""
        return self._stream.is_waiting

    def end(self, ending: Ending) -> None:
        """Say goodbye and close; the first reason given is the one told."""
        if self._ending is None:
            self._ending = ending
            self._observations.endings[ending.code] += 1
            self._scope.cancel()

    def forget_seat(self, room: RoomId) -> None:
        """A room has unseated this connection."""
        if self._seats is not None:
            self._seats.forget(room)

    # ── its life ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def live(self, welcome: Callable[[Hello], Awaitable[Seats]]) -> None:
        """Serve frames until the peer leaves or the server ends it. One connection's failure stays its own.

        Args:
            welcome: Answers the client's hello and gives the seats; may refuse.
        """
        try:
            with self._scope:
                await self._listen(welcome)
        except* SocketClosed:
            pass
        except* Refusal as refusals:
            self.end(ending_of(_first(refusals)))
        except* Exception:
            self._fail()
        # What the rooms still do for this connection ends before its seats are given up.
        await self._inbox.stop()

    async def part(self) -> None:
        """Tell the peer why, give up the seats, close. Takes at most a second."""
        self._stream.starve()  # nothing may follow the goodbye
        if self._ending is not None:
            self._stream.queue(binary_frame(encode(self._ending)))
        # Shielded: rooms must hear of it even when the whole server stops.
        with trio.move_on_after(PARTING_SECONDS, shield=True):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._give_up_seats)
                nursery.start_soon(self._close_socket)

    def look_after(self, now: Micros, *, stale_after: Micros) -> None:
        """Called about once a second: ping an idle peer, end a silent one, dismiss one that stopped reading."""
        if self._ending is None:
            self._signs_of_life.look(now, stale_after=stale_after, end=self.end, dismiss=self._dismiss)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _listen(self, welcome: Callable[[Hello], Awaitable[Seats]]) -> None:
        """Carry out what comes, arrival by arrival; a message beyond the budget waits, and all behind it."""
        messages: list[Message] = []
        with trio.move_on_after(HELLO_SECONDS):
            messages = await self._reader.messages()
        if not messages:
            self.end(ending("silent", f"no hello came within {HELLO_SECONDS} seconds"))
        while True:
            # The stream takes nothing new from the kernel before this task has run: this is when they arrived.
            self._arrived_at = self._stream.read_at
            for message in messages:
                if self._debt_seconds:
                    await trio.sleep(self._debt_seconds)
                for event in self._heard(message):
                    match event:
                        case Entrance() | Departure() | Delivery():
                            if not self._inbox.offer(event):
                                await self._inbox.put(event)
                        case Greeting(hello=hello):
                            self._seats = await welcome(hello)
                            self._stream.on_caught_up = self._seats.caught_up
                        case _:
                            self._answer(event)
            messages = await self._reader.messages()

    def _heard(self, message: Message) -> Sequence[ServerEvent]:
        """What the session makes of a message."""
        if isinstance(message, str):
            raise MalformedFrame("frames are binary messages, this one is text")
        self._debt_seconds = self._meter.charge(len(message), trio.current_time())
        frame = decode_client(message)
        if isinstance(frame, Open):
            self._debt_seconds = self._meter.charge(0, trio.current_time(), as_messages=MESSAGES_PER_QUESTION - 1)
        return self._session.receive(frame, self._arrived_at)

    def _answer(self, event: Probing | Answer | Goodbye) -> None:
        match event:
            case Probing(probe=Probe(seq=seq, sent=sent)):
                self.send(ProbeReply(seq, sent, self._arrived_at, self._now()))
            case Answer(refused=refused):
                self.send(refused)
            case Goodbye(ending=last_word):
                self.end(last_word)
            case _:
                assert_never(event)

    async def _serve(self, event: SeatEvent) -> None:
        assert self._seats is not None, "a session greets before it says anything else"
        try:
            await self._seats.handle(event)
        except Refusal as refusal:
            self.send(_refused(event, refusal))
        except Exception:  # of one connection, as in `live`: this task stands beside it
            self._fail()

    def _fail(self) -> None:
        """Called where an exception is handled that should not be."""
        _log.exception("connection failed")
        self.end(ending("failed"))

    async def _give_up_seats(self) -> None:
        await self._inbox.stop()  # it may be about to take one
        if self._seats is not None:
            await self._seats.leave_all()

    async def _close_socket(self) -> None:
        last_word = self._ending or ending("goodbye")
        await self._reader.close(close_code(last_word), last_word.code)

    def _dismiss(self, why: str) -> None:
        # Told here, because it may be a room's task that finds the reader slow.
        _log.info("slow reader dismissed", connection=self._connection, why=why)
        self.end(ending("too-slow"))
        self._stream.abort()


def _first(refusals: ExceptionGroup[Refusal]) -> Refusal:
    first: Refusal | ExceptionGroup[Refusal] = refusals
    while isinstance(first, ExceptionGroup):
        first = first.exceptions[0]
    return first


def _refused(event: SeatEvent, refusal: Refusal) -> Refused:
    """The answer to what a room refused; `seq` is what the client numbers the frame by."""
    match event:
        case Entrance(enter=enter):
            about, subject, seq = "enter", enter.room, 0
        case Departure(room=room):
            about, subject, seq = "leave", room, 0
        case Delivery(room=room, frame=frame):
            about, subject, seq = str(frame.__struct_config__.tag), room, 0
            match frame:
                case Command():
                    seq = frame.seq
                case Update():
                    subject, seq = frame.document, frame.intent
                case Report():
                    pass
                case Open() | Close():
                    subject = frame.document
                case _:
                    assert_never(frame)
        case _:
            assert_never(event)
    return Refused(about, subject, seq, refusal.code, refusal.reason)
