"""The endpoint for every Yjs client: `/yjs/<document>?token=…`, one document a socket."""

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from typing import Final
from urllib.parse import parse_qs, unquote

import structlog
import trio

from hathor_rt.accounts.document_tokens import Bearer
from hathor_rt.accounts.recent_answers import RecentAnswers
from hathor_rt.application import Application
from hathor_rt.documents.ports import DocumentSeat, Visitor
from hathor_rt.ids import ConnectionId, DocumentName, random_id
from hathor_rt.observations import Observations
from hathor_rt.refusals import BadRequest, InvalidToken, Overloaded, Restored, TooMany, UnknownPrincipal
from hathor_rt.storage.ports import Claim
from sync.documents.kinds import parse_document_name
from sync.refusal import Refusal
from sync.units import MICROS_PER_SECOND, Micros
from sync.wire.endings import ending
from web.hosts import Hosts
from web.limits import Limits
from web.realtime.fanout import FanoutStream
from web.realtime.frame_reader import FrameReader
from web.realtime.held_documents import HeldDocuments
from web.realtime.meters import Budget
from web.realtime.routes import Conversation, SocketRequest
from web.realtime.yjs_closing import closing_of
from web.realtime.yjs_connection import LONGEST_MESSAGE, YjsConnection
from web.realtime.yjs_table import Table

PATH: Final = "/yjs/"

# Of a query. Only the token counts, but providers add parameters of their own.
_MOST_FIELDS: Final = 20
_LOOK_AFTER_SECONDS: Final = 1
# Cursors need not move more often than a screen can follow; many who move share a frame.
_PRESENCE_SECONDS: Final = 0.05

_log = structlog.get_logger("hathor.yjs")


class YjsGateway:
    """All plain Yjs clients of this process. A `SocketHandler`.

    There is no cookie in play, so a page of any origin may connect that was given a token.

    Args:
        application: The services.
        hosts: Host rules.
    """

    def __init__(self, application: Application, hosts: Hosts) -> None:
        self._application = application
        self._hosts = hosts
        # A name may be a second old: who comes is known by it until leaving, however often it changes meanwhile.
        self._holders = RecentAnswers(application.guests.get, application.timebase)
        self._failures = Limits(application.config.sockets_per_minute)
        self._connections: dict[ConnectionId, YjsConnection] = {}
        self._tables: dict[DocumentName, Table] = {}
        # Tables with something to tell, and whether there are any.
        self._with_news: dict[DocumentName, None] = {}
        self._has_news = trio.Event()
        # Connections of each table, those that are still on their way to a seat included.
        self._attending: Counter[DocumentName] = Counter()
        # Nobody looks around while nobody is here.
        self._is_occupied = trio.Event()
        self._is_draining = False
        self._show(application.observations)
        self._held = HeldDocuments(
            application.config.token_documents, Micros(application.config.idle_room_seconds * MICROS_PER_SECOND)
        )
        self._budget = Budget.of(application.config)
        self._heartbeat = Micros(application.config.heartbeat_seconds * MICROS_PER_SECOND)

    def _show(self, observations: Observations) -> None:
        observations.look_at("yjs_sockets", "Connections of Yjs clients.", lambda: len(self))
        observations.look_at(
            "stale_yjs_readers", "Connections of Yjs clients that are behind with reading.", self._stale
        )

    def _stale(self) -> int:
        return sum(connection.is_behind for connection in self._connections.values())

    def __len__(self) -> int:
        return len(self._connections)

    def admit(self, request: SocketRequest) -> Conversation:
        """See `SocketHandler.admit`. Tokens are judged on the open socket: a browser cannot see an HTTP refusal.

        Raises:
            ForeignHost: The Host header names somebody else.
            BadRequest: The query is not one of ours.
            Overloaded: The server is shutting down.
        """
        self._hosts.require_host(request.arrival.host)
        if self._is_draining:
            raise Overloaded("the server is restarting")
        document = DocumentName(unquote(request.path.removeprefix(PATH)))
        try:
            fields = parse_qs(request.query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            raise BadRequest(f"a query has at most {_MOST_FIELDS} fields") from None
        [token, *_], [generation, *_] = fields.get("token", [""]), fields.get("generation", ["0"])
        return partial(self._converse, document, token, generation, request.arrival.address)

    async def keep_time(self) -> None:
        """Tell presence, look after all connections, end those whose token is over. Runs until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tell_presence)
            while True:
                await self._is_occupied.wait()
                await trio.sleep(_LOOK_AFTER_SECONDS)
                await self.look_after(self._application.timebase.now())

    async def look_after(self, now: Micros) -> None:
        """Forget silent presence, ping the idle, end the silent, dismiss those who stopped reading or whose token is over."""
        for table in tuple(self._tables.values()):
            table.awareness.expire(now)
        stale_after = Micros(self._application.config.stale_reader_seconds * MICROS_PER_SECOND)
        for connection in tuple(self._connections.values()):
            connection.look_after(now, stale_after=stale_after)
        names = {connection.token for connection in self._connections.values()}
        if names:
            await self._end_revoked(names)

    def drain(self) -> None:
        """See `SocketHandler.drain`."""
        self._is_draining = True
        for connection in tuple(self._connections.values()):
            connection.end(ending("going-away", "the server is restarting"))

    async def _tell_presence(self) -> None:
        """Whoever moves alone is told of at once; of many who do, each frame comes a while after the one before."""
        while True:
            await self._has_news.wait()
            self._has_news = trio.Event()
            with_news, self._with_news = self._with_news, {}
            for document in with_news:
                self._tables[document].flush()
            await trio.sleep(_PRESENCE_SECONDS)

    def _note_news(self, document: DocumentName) -> None:
        self._with_news[document] = None
        self._has_news.set()

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _converse(
        self, document: DocumentName, token: str, generation: str, address: str, stream: FanoutStream
    ) -> None:
        reader = FrameReader(stream, LONGEST_MESSAGE)
        own_id = ConnectionId(random_id())
        with structlog.contextvars.bound_contextvars(connection=own_id):
            try:
                bearer, visitor = await self._let_in(document, token, address, own_id)
                self._require_generation(generation)
                self._held.enter(bearer.token, document, self._application.timebase.now())
            except Refusal as refusal:
                self._application.observations.refusals[refusal.code] += 1
                _log.info("refused", document=document[:80], code=refusal.code)
                last_word = closing_of(refusal)
                await reader.close(last_word.code, last_word.reason)
                return
            try:
                await self._attend(document, bearer, visitor, stream, reader)
            finally:
                self._held.leave(bearer.token, document, self._application.timebase.now())

    async def _attend(
        self, document: DocumentName, bearer: Bearer, visitor: Visitor, stream: FanoutStream, reader: FrameReader
    ) -> None:
        _log.info("connected", document=document, principal=visitor.principal, token_name=bearer.token)
        table = self._table(document)
        connection = YjsConnection(
            visitor,
            bearer,
            stream,
            reader,
            table,
            partial(self._may_be, document, visitor),
            self._application.timebase,
            self._heartbeat,
            self._budget,
            self._application.observations,
        )
        self._connections[visitor.connection] = connection
        try:
            await connection.live(partial(self._follow, document, visitor, bearer.role))
        finally:
            self._connections.pop(visitor.connection, None)
            await connection.part()
            self._leave_table(document)

    def _table(self, document: DocumentName) -> Table:
        self._attending[document] += 1
        self._is_occupied.set()
        table = self._tables.get(document)
        if table is None:
            table = self._tables[document] = Table(partial(self._note_news, document))
        return table

    def _leave_table(self, document: DocumentName) -> None:
        self._attending[document] -= 1
        if not self._attending[document]:
            del self._attending[document], self._tables[document]
            self._with_news.pop(document, None)
            if not self._tables:
                self._is_occupied = trio.Event()

    async def _let_in(
        self, document: DocumentName, token: str, address: str, own_id: ConnectionId
    ) -> tuple[Bearer, Visitor]:
        """Raises `InvalidToken`, `TooMany`, `UnknownDocument`, `StorageDown`, `Overloaded`."""
        parse_document_name(document)
        try:
            bearer = await self._application.tokens.read(token, document)
            principal = await self._holders.get(bearer.principal)
            assert principal is not None, "guests.get raises for nobody"
        except (InvalidToken, UnknownPrincipal) as refusal:
            if self._failures.take(address, trio.current_time()):
                raise TooMany("too many tokens that are not valid; try again in a moment") from None
            raise InvalidToken(refusal.reason) from None
        if self._is_draining:  # goodbye was said to those who were in by then
            raise Overloaded("the server is restarting")
        return bearer, Visitor(own_id, bearer.principal, bearer.device, principal.name)

    def _require_generation(self, told: str) -> None:
        """Raises `Restored`: what this client keeps is of another time line, and Yjs would bring it back edit by edit."""
        present = self._application.generation
        if told != str(present):
            raise Restored(f"the data were restored; begin with a new document and generation={present}")

    async def _follow(
        self, document: DocumentName, visitor: Visitor, role: str, connection: YjsConnection
    ) -> DocumentSeat:
        kind, _ = parse_document_name(document)
        if kind.belongs_to_room:
            return await self._application.rooms.follow(document, visitor, connection, role)
        return await self._application.documents.follow(document, visitor, connection, role)

    async def _may_be(self, document: DocumentName, visitor: Visitor, client_id: int) -> bool:
        claim = Claim(client_id, visitor.principal, visitor.device)
        owners = await self._application.storage.documents.claim_client_ids(document, [claim])
        return owners[client_id] == visitor.principal

    async def _end_revoked(self, names: Collection[str]) -> None:
        ended: frozenset[str] = frozenset()
        with suppress(Refusal):  # storage does not answer now: asked again in a second
            ended = await self._application.tokens.ended(names)
        for connection in tuple(self._connections.values()):
            if connection.token in ended:
                connection.refuse(InvalidToken("this token has ended or was revoked"))
