"""The read side of a WebSocket after its handshake: whole messages out, control frames answered on the way.

Whoever serves a socket makes one reader of its stream and alternates: ``for message in await reader.messages(): …``. All
messages of one receive come together, so a busy peer costs one task switch per receive instead of one per message;
`FanoutStream.read_at` is then the instant at which their last bytes arrived. Answers go out by `FanoutStream.queue` and
`push`. At the end, for whatever reason, `close` says goodbye and waits a moment for the peer's.
"""

from contextlib import suppress
from typing import Final

import trio

from web.realtime.fanout import FanoutStream
from web.realtime.frame_parser import NORMAL, FrameParser, Message, PeerClose, PeerPing, Violation
from web.realtime.framing import close_frame, pong_frame

LOST: Final = 1006
"""Close code of a connection that ended without a word; never sent."""

# Four at most for the longest update. More would let a flood of tiny frames be taken apart for more than a millisecond.
_RECEIVE_BYTES: Final = 16 * 1024
# A peer that is there answers a goodbye within a round trip.
_GOODBYE_SECONDS: Final = 1


class SocketClosed(Exception):
    """No message comes any more.

    Attributes:
        code: The peer's close code, 1005 if it gave none; 1006: the connection broke without a word; 1002, 1007, 1009: the
            peer broke the rules and was told so.
        reason: The peer's words, or what was wrong.
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class FrameReader:
    """Reads one WebSocket. One task at a time may use it.

    Args:
        stream: The connection behind its handshake; the reader never closes it.
        max_message_bytes: Longest message, all its fragments together. A longer one ends the connection with 1009 as soon as
            its header has come.
    """

    __slots__ = ("_has_said_goodbye", "_last", "_parser", "_stream")

    def __init__(self, stream: FanoutStream, max_message_bytes: int) -> None:
        self._stream = stream
        self._parser = FrameParser(max_message_bytes)
        # What ended it; told when the messages before it were.
        self._last: PeerClose | Violation | None = None
        self._has_said_goodbye = False

    async def messages(self) -> list[Message]:
        """Every message that the bytes of one receive complete, at least one. Cancellation loses nothing.

        Raises:
            SocketClosed: There will be none any more; the peer has been answered as RFC 6455 asks.
        """
        while self._last is None:
            messages = await self._take()
            if messages:
                return messages
        await trio.lowlevel.checkpoint()
        match self._last:
            case PeerClose(code=code):
                # RFC 6455 section 5.5.1: the answer to a close frame typically echoes its code.
                self._say_goodbye(close_frame(code))
            case Violation(code=code, reason=reason):
                self._say_goodbye(close_frame(code, reason))
        raise SocketClosed(self._last.code, self._last.reason)

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Say goodbye, unless that was done, and wait up to a second for the peer's. What else it says is dropped.

        Args:
            code: Close code for the peer.
            reason: At most 123 bytes of UTF-8; a longer one is cut.
        """
        self.say_goodbye(code, reason)
        if isinstance(self._last, PeerClose):
            await trio.lowlevel.checkpoint()
            return
        with trio.move_on_after(_GOODBYE_SECONDS):
            while self._last is None:
                await self._take()
            if isinstance(self._last, Violation):
                await self._linger()

    def say_goodbye(self, code: int = NORMAL, reason: str = "") -> None:
        """Say goodbye, unless that was done, without waiting; see `close`, which is still to be called."""
        self._say_goodbye(close_frame(code, reason))

    async def _take(self) -> list[Message]:
        """The messages of one receive. The latest ping is answered (RFC 6455 section 5.5.3 asks for no more)."""
        try:
            data = await self._stream.receive_some(_RECEIVE_BYTES)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            data = b""
        if not data:
            self._has_said_goodbye = True  # nobody is there to hear it
            self._last = PeerClose(LOST, "the connection ended without a word")
        messages: list[Message] = []
        ping: PeerPing | None = None
        for happening in self._parser.feed(data):
            if isinstance(happening, bytes | str):
                messages.append(happening)
            elif isinstance(happening, PeerPing):
                ping = happening
            else:
                self._last = happening
        if ping is not None and not self._has_said_goodbye:
            # No room: the peer does not read its answers, and would not read this one.
            self._stream.queue(pong_frame(ping.payload))
        return messages

    async def _linger(self) -> None:
        """Let a peer that is still sending read why it should not: closing over unread bytes resets the connection."""
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._stream.send_eof()
            while await self._stream.receive_some(_RECEIVE_BYTES):
                pass

    def _say_goodbye(self, frame: bytes) -> None:
        if not self._has_said_goodbye:
            self._has_said_goodbye = True
            self._stream.queue(frame)
