"""The realtime socket of a participant: greets, enters, comes back with growing, scattered pauses until told not to."""

import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
import structlog
import trio
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError, WebSocketConnection, wrap_client_stream

from hathor_rt.headless.address import Address
from hathor_rt.headless.refusals import TurnedAway
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.codec import decode_server, encode
from sync.wire.endings import ENDINGS, ending, ending_of_close
from sync.wire.frames import MAX_OUTBOUND_BYTES, PROTOCOL_VERSION, Ending, FromClient, FromServer, Hello, Welcome
from sync.wire.portions import Assembly
from sync.wire.session import ClientSession

# One lost packet costs a quarter of a second; a server that is away for minutes is asked four times a minute.
_FIRST_PAUSE: Final = Micros(250_000)
_LONGEST_PAUSE: Final = Micros(15_000_000)

# A handshake that takes longer will not come: the network swallows packets without saying so.
_DIAL_SECONDS: Final = 10
# A connection that stood this long was sound: the next loss is a first one again.
_SOUND_AFTER_SECONDS: Final = 5
# The closing frame leaves at once. Its answer is not worth waiting for: when the program stops, nobody reads any more.
_GOODBYE_SECONDS: Final = 0.2

_log = structlog.get_logger("hathor.listen")


class Guest(Protocol):
    """Who listens on the link. Calls come in the order things happened."""

    async def welcomed(self, welcome: Welcome) -> None:
        """A connection stands: everything has to be entered and opened anew."""
        ...

    async def received(self, frame: FromServer, at: Micros) -> None:
        """A frame came at `at`. May raise `ComeBack` or `TurnedAway`."""
        ...

    async def stay(self) -> None:
        """Runs while the connection stands, from its welcome on; returning gives the connection up."""
        ...


class ComeBack(Exception):
    """This connection is of no use any more; try another after `ending.retry_after`."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


class _No(msgspec.Struct, frozen=True):
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Door:
    """How the server is reached: its address, how certificates are judged, and the cookie of the moment."""

    address: Address
    tls: ssl.SSLContext | None
    cookie: Callable[[], str]


@dataclass(frozen=True, slots=True)
class _Conversation:
    socket: WebSocketConnection
    session: ClientSession


class Link:
    """One connection after another.

    Args:
        door: How to get in.
        guest: Told what happens.
        now: The local clock.
        software: Name and version, for the server's log.
        checks: Whether the guest takes part in sound checks.
    """

    def __init__(
        self, door: Door, guest: Guest, now: Callable[[], Micros], software: str, *, checks: bool = False
    ) -> None:
        self._door = door
        self._guest = guest
        self._now = now
        self._software = software
        self._checks = checks
        self._ticket = ""
        self._standing: _Conversation | None = None
        self._welcomed_at: float | None = None

    @property
    def is_online(self) -> bool:
        """Whether a connection stands and was welcomed."""
        return self._standing is not None

    async def send(self, frame: FromClient) -> bool:
        """Send `frame` if a connection stands; otherwise drop it: whoever enters anew sends again."""
        if (standing := self._standing) is None:
            return False
        try:
            await standing.socket.send_message(encode(standing.session.send(frame)))
        except ConnectionClosed:
            return False
        return True

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises:
            TurnedAway: The server does not want us back.
        """
        failures = 0
        while True:
            last_word = await self._converse()
            stood = self._welcomed_at is not None and trio.current_time() - self._welcomed_at > _SOUND_AFTER_SECONDS
            self._welcomed_at = None
            if last_word.retry_after < 0:
                raise TurnedAway(last_word.code, last_word.reason)
            failures = 1 if stood else failures + 1
            pause = pause_before(failures, Micros(last_word.retry_after), random.random())  # noqa: S311  # no secret
            _log.warning(
                "connection lost", code=last_word.code, reason=last_word.reason, again_in_seconds=round(pause / 1e6, 2)
            )
            await trio.sleep(pause / MICROS_PER_SECOND)

    async def _converse(self) -> Ending:
        """One connection from dialling to its end."""
        try:
            stream = await self._dial()
        except (OSError, trio.TooSlowError, trio.BrokenResourceError) as error:
            return ending("lost", f"the server does not answer: {error!r}")
        # Our own stream, so that it is closed even if the server dies in the middle of a handshake.
        last_word = ending("lost")
        async with stream:
            try:
                last_word = await self._live(stream)
            except* (ConnectionClosed, HandshakeError, ComeBack, Refusal) as group:
                last_word = _ending_of(_first(group))
        return last_word

    async def _dial(self) -> trio.SocketStream | trio.SSLStream[trio.SocketStream]:
        address = self._door.address
        with trio.fail_after(_DIAL_SECONDS):
            if self._door.tls is None:
                return await trio.open_tcp_stream(address.host, address.port)
            stream = await trio.open_ssl_over_tcp_stream(
                address.host, address.port, https_compatible=True, ssl_context=self._door.tls
            )
            await stream.do_handshake()
            return stream

    async def _live(self, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]) -> Ending:
        headers = [(b"Cookie", self._door.cookie().encode("ascii"))]
        async with trio.open_nursery() as nursery:
            with trio.move_on_after(_DIAL_SECONDS) as dialling:
                socket = await wrap_client_stream(
                    nursery,
                    stream,
                    self._door.address.authority,
                    "/ws",
                    extra_headers=headers,
                    max_message_size=MAX_OUTBOUND_BYTES + 1024,
                )
            if dialling.cancelled_caught:
                nursery.cancel_scope.cancel()
                return ending("lost", "the server does not answer")
            conversation = _Conversation(socket, ClientSession(self._now()))
            hello = Hello(PROTOCOL_VERSION, self._software, self._ticket, portions=True, checks=self._checks)
            await socket.send_message(encode(conversation.session.send(hello)))
            nursery.start_soon(self._watch_silence, conversation.session)
            try:
                return await self._read(nursery, conversation)
            finally:
                # From the last word on nothing is sent, though parting takes a while and others still run.
                self._standing = None
                await self._part(socket)
                nursery.cancel_scope.cancel()
        raise AssertionError("the conversation returns or raises")

    async def _read(self, nursery: trio.Nursery, conversation: _Conversation) -> Ending:
        session = conversation.session
        assembly = Assembly()
        while True:
            message = await conversation.socket.get_message()
            at = self._now()
            encoded = message if isinstance(message, bytes) else message.encode()
            whole = assembly.take(decode_server(encoded))
            if whole is None:
                session.hear(at)
                continue
            for frame in session.receive(whole, at):
                match frame:
                    case Welcome():
                        self._ticket = frame.ticket
                        self._standing, self._welcomed_at = conversation, trio.current_time()
                        await self._guest.welcomed(frame)
                        nursery.start_soon(self._stay)
                    case Ending():
                        return frame
                    case _:
                        await self._guest.received(frame, at)

    async def _stay(self) -> None:
        await self._guest.stay()
        raise ComeBack(ending("silent", "the server does not answer"))

    async def _watch_silence(self, session: ClientSession) -> None:
        while not session.is_silent(self._now()):  # noqa: ASYNC110  # silence is no event
            await trio.sleep(1)
        raise ComeBack(ending("silent", "the server says nothing"))

    async def _part(self, socket: WebSocketConnection) -> None:
        """Say goodbye. Shielded, because it also has to be said when the whole program stops; has its own end."""
        with trio.move_on_after(_GOODBYE_SECONDS, shield=True):
            await socket.aclose()


def pause_before(failures: int, least: Micros, chance: float) -> Micros:
    """How long to stay away before attempt number `failures` (1 is the first after a loss).

    Args:
        failures: 1 or more.
        least: What the server asked for.
        chance: 0 … 1; spreads the devices of a room, so that they do not all come back in one instant.
    """
    own = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(failures - 1, 10))
    return Micros(round(max(own, least) * (1 + chance)))


def _ending_of(error: BaseException) -> Ending:
    match error:
        case ComeBack():
            return error.ending
        case TurnedAway():
            return Ending(error.code, error.reason, -1)
        case ConnectionRejected():
            return _ending_of_rejection(error)
        case ConnectionClosed() if error.reason is not None:
            return ending_of_close(error.reason.code, error.reason.reason or "")
        case Refusal():
            # A server that talks nonsense may be one that is being replaced: another attempt, after a pause.
            return ending("lost", error.reason, Micros(2 * MICROS_PER_SECOND))
        case _:
            return ending("lost")


def _ending_of_rejection(error: ConnectionRejected) -> Ending:
    """An upgrade that was answered by HTTP: the server's own refusal, or a proxy whose server is away."""
    try:
        told = msgspec.json.decode(error.body or b"", type=_No)
    except msgspec.MsgspecError:
        return ending("lost", f"the server answers {error.status_code}", Micros(2 * MICROS_PER_SECOND))
    if told.code in ENDINGS:
        return ending(told.code, told.reason)
    return Ending(told.code, told.reason, -1)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The exception that tells most: a verdict before the mere end of the connection it caused."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [group]
    while waiting:
        error = waiting.pop(0)
        if isinstance(error, BaseExceptionGroup):
            waiting.extend(error.exceptions)
        else:
            found.append(error)
    return next((error for error in found if isinstance(error, (TurnedAway, ComeBack, Refusal))), found[0])
