"""A real server process and plain Yjs clients of it, message by message; what it holds in memory."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pycrdt import Doc, Map, TransactionEvent

from sync.wire.yjs import Edited, step_1
from tests.end_to_end.server_process import ServerProcess
from tests.fakes.yjs_site import PlainClient, plain_client


@dataclass(frozen=True, slots=True)
class PlainProcess:
    """A running server with scratch documents.

    Attributes:
        token: Opens every scratch document.
    """

    server: ServerProcess
    token: str

    @asynccontextmanager
    async def client(self, document: str) -> AsyncIterator[PlainClient]:
        """A connection, before any message."""
        async with plain_client(self.server.port, f"/yjs/{document}?token={self.token}") as client:
            yield client

    def resident_megabytes(self) -> float:
        """Resident memory of the process."""
        lines = Path(f"/proc/{self.server.process_id}/status").read_text().splitlines()
        [kilobytes] = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
        return kilobytes / 1024


class Follower:
    """A client with a replica."""

    def __init__(self, client: PlainClient) -> None:
        self.client = client
        self.doc: Doc[Map[object]] = Doc()
        self.first = b""

    async def join(self) -> "Follower":
        """Ask for everything, and have it."""
        await self.client.send(step_1(b"\x00"))
        self.first = (await self.client.next(Edited)).update
        self.doc.apply_update(self.first)
        return self

    def content(self) -> dict[str, object]:
        """What the map holds."""
        return self.doc.get("m", type=Map).to_py() or {}

    async def wait_for(self, key: str, value: object) -> None:
        """Until the map ``m`` says so."""
        while self.content().get(key) != value:
            self.doc.apply_update((await self.client.next(Edited)).update)


class Writer:
    """Makes edits of a map ``m`` under one client id."""

    def __init__(self, client_id: int) -> None:
        self.client_id = client_id
        self._doc: Doc[Map[object]] = Doc(client_id=client_id)

    def put(self, key: str, value: object) -> bytes:
        """The update that sets a key."""
        [made] = self.puts([(key, value)])
        return made

    def puts(self, content: Iterable[tuple[str, object]]) -> list[bytes]:
        """An update for each key that is set."""
        made: list[bytes] = []

        def note(event: TransactionEvent) -> None:
            made.append(event.update)

        subscription = self._doc.observe(note)
        for key, value in content:
            self._doc.get("m", type=Map)[key] = value
        self._doc.unobserve(subscription)
        return made
