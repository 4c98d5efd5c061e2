"""All realtime connections of this process: who may connect, who is connected, and when they are looked after."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Final

import structlog
import trio

from hathor_rt.accounts.instance import Instance
from hathor_rt.application import Application
from hathor_rt.ids import ConnectionId, PrincipalId, random_id
from hathor_rt.observations import Observations
from hathor_rt.refusals import Overloaded, TooMany, UnknownPrincipal
from hathor_rt.rooms.ports import Visitor
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.endings import ending
from sync.wire.frames import MAX_INBOUND_BYTES, PROTOCOL_VERSION, Hello, Welcome
from web.hosts import Hosts
from web.limits import Limits
from web.principal import Cookies, Identity
from web.proxies import Arrival
from web.realtime.connection import Connection
from web.realtime.fanout import FanoutStream
from web.realtime.frame_reader import FrameReader
from web.realtime.meters import Budget
from web.realtime.routes import Conversation, SocketRequest
from web.realtime.seats import Seats
from web.realtime.tickets import Ticket, Tickets

# Oversized frames up to this are read to the end, so that the answer can say what was wrong with them.
_LONGEST_MESSAGE: Final = MAX_INBOUND_BYTES + 16 * 1024
_LOOK_AFTER_SECONDS: Final = 1
# After a restart everybody comes back; 2 ms apart, five hundred listeners take a second instead of one instant.
_RETURN_SPACING: Final = 2_000
_RETURN_AFTER: Final = MICROS_PER_SECOND // 2

_log = structlog.get_logger("hathor.gateway")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a socket: how the request arrived, and the identity its cookie proves, if any."""

    arrival: Arrival
    identity: Identity | None


class Gateway:
    """The realtime side of one process.

    Args:
        application: The services.
        cookies: Reads identities.
        tickets: Lets devices resume.
        hosts: Host and Origin rules.
        instance: Who may come in.
    """

    def __init__(
        self, application: Application, *, cookies: Cookies, tickets: Tickets, hosts: Hosts, instance: Instance
    ) -> None:
        self._application = application
        self._cookies = cookies
        self._tickets = tickets
        self._hosts = hosts
        self._instance = instance
        self._limits = Limits(application.config.sockets_per_minute)
        self._connections: dict[ConnectionId, tuple[Connection, Identity]] = {}
        self._seated: Counter[PrincipalId] = Counter()
        self._is_draining = False
        self._show(application.observations)
        self._heartbeat = Micros(application.config.heartbeat_seconds * MICROS_PER_SECOND)
        self._budget = Budget.of(application.config)
        self._software = f"hathor-rt/{version('hathor-rt')}"

    def _show(self, observations: Observations) -> None:
        observations.look_at("sockets", "Realtime connections.", lambda: len(self))
        observations.look_at("stale_readers", "Realtime connections that are behind with reading.", self._stale)

    def _stale(self) -> int:
        return sum(connection.is_behind for connection, _ in self._connections.values())

    def __len__(self) -> int:
        return len(self._connections)

    def is_seated(self, principal: PrincipalId) -> bool:
        """Whether this principal sits in any room through this process."""
        return self._seated[principal] > 0

    def admit(self, request: SocketRequest) -> Conversation:
        """Judge a request before it is answered. Raises what `caller` raises."""
        return partial(self.converse, self.caller(request.headers, request.arrival))

    def caller(self, headers: Mapping[str, str], arrival: Arrival) -> Caller:
        """Who asks for a socket. `headers`: names in lower case.

        Raises:
            ForeignHost, ForeignOrigin: Another site's page is behind it.
            Overloaded: The server is shutting down.
        """
        self._hosts.require_host(arrival.host)
        self._hosts.require_origin(headers.get("origin"), arrival.host)
        if self._is_draining:
            raise Overloaded("the server is restarting")
        presented = self._cookies.read(headers.get("cookie", ""))
        return Caller(arrival, presented.identity if presented else None)

    async def converse(self, caller: Caller, stream: FanoutStream) -> None:
        """Serve one socket whose handshake is done. The stream is the caller's to close."""
        timebase, own_id = self._application.timebase, ConnectionId(random_id())
        reader = FrameReader(stream, _LONGEST_MESSAGE)
        observations = self._application.observations
        connection = Connection(own_id, stream, reader, timebase, self._heartbeat, self._budget, observations)
        await self._attend(connection, caller)

    async def keep_time(self) -> None:
        """Look after all connections once a second. One task for all; runs until cancelled."""
        while True:
            await trio.sleep(_LOOK_AFTER_SECONDS)
            self.look_after(self._application.timebase.now())

    def look_after(self, now: Micros) -> None:
        """Ping the idle, end the silent, dismiss those who stopped reading, as of the instant `now`."""
        stale_after = Micros(self._application.config.stale_reader_seconds * MICROS_PER_SECOND)
        for connection, _ in tuple(self._connections.values()):
            connection.look_after(now, stale_after=stale_after)

    def drain(self) -> None:
        """Tell everybody to come back in a moment, and let nobody new in."""
        self._is_draining = True
        for place, (connection, _) in enumerate(tuple(self._connections.values())):
            retry_after = Micros(_RETURN_AFTER + place * _RETURN_SPACING)
            connection.end(ending("going-away", "the server is restarting", retry_after))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _attend(self, connection: Connection, caller: Caller) -> None:
        identity = caller.identity
        # Bound for good: the task is this connection's own.
        structlog.contextvars.bind_contextvars(connection=connection.connection)
        try:
            if identity is not None:
                self._connections[connection.connection] = connection, identity
            await connection.live(partial(self._welcome, connection, caller))
        finally:
            self._connections.pop(connection.connection, None)
            await connection.part()

    async def _welcome(self, connection: Connection, caller: Caller, hello: Hello) -> Seats:
        """Answer a hello. Raises `UnknownPrincipal`, `TooMany`, `StorageDown`."""
        identity = caller.identity
        self._charge(hello, caller)
        if identity is None:
            raise UnknownPrincipal("no valid identity came with the connection; reload the page to get one")
        principal = await self._application.guests.get(identity.principal)
        self._replace_earlier(hello, identity)
        ticket = self._tickets.write(Ticket(connection.connection, identity.principal, identity.device))
        connection.send(
            Welcome(
                protocol=PROTOCOL_VERSION,
                connection=connection.connection,
                principal=identity.principal,
                device=identity.device,
                clock_epoch=self._application.timebase.epoch,
                ticket=ticket,
                heartbeat=self._heartbeat,
                server=self._software,
                generation=self._application.generation,
            )
        )
        _log.info("connected", principal=identity.principal, device=identity.device, software=hello.software[:80])
        visitor = Visitor(
            connection.connection, identity.principal, identity.device, principal.name, checks=hello.checks
        )
        return Seats(
            self._application.rooms,
            self._instance,
            self._application.timebase,
            visitor,
            connection,
            is_admitted=identity.is_admitted,
            on_change=partial(self._count_seat, identity.principal),
        )

    def _charge(self, hello: Hello, caller: Caller) -> None:
        """Count a new socket; one that resumes an earlier one of the same device is free."""
        if self._resumed(hello, caller.identity) is not None:
            return
        key = caller.identity.principal if caller.identity else caller.arrival.address
        wait = self._limits.take(key, trio.current_time())
        if wait:
            raise TooMany("too many new connections; this one can be tried again in a moment")

    def _replace_earlier(self, hello: Hello, identity: Identity) -> None:
        ticket = self._resumed(hello, identity)
        earlier = self._connections.get(ticket.connection) if ticket else None
        if earlier is not None:
            earlier[0].end(ending("replaced"))

    def _resumed(self, hello: Hello, identity: Identity | None) -> Ticket | None:
        """The ticket in a hello, if it is genuine and this device's own."""
        ticket = self._tickets.read(hello.ticket)
        if ticket is None or identity is None:
            return None
        is_own = ticket.principal == identity.principal and ticket.device == identity.device
        return ticket if is_own else None

    def _count_seat(self, principal: PrincipalId, change: int) -> None:
        self._seated[principal] += change
        if not self._seated[principal]:
            del self._seated[principal]
