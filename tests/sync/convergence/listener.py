"""A client behind a bad network: what it sends waits, what it is sent comes late, in any order, twice or never."""

from collections.abc import Callable
from random import Random

from pycrdt import TransactionEvent

from sync.refusal import Refusal
from tests.sync.convergence.server import Server
from tests.sync.convergence.usages import Document, Usage


class Listener:
    """One person with one device.

    Attributes:
        inbox: Updates on their way to it.
        is_connected: Otherwise nothing arrives, in either direction.
    """

    def __init__(self, usage: Usage, number: int, server: Server) -> None:
        self._usage = usage
        self._ids_used = 0
        self._number = number
        self._names = 0
        self._unsent: list[bytes] = []
        self.inbox: list[bytes] = []
        self.is_connected = True
        self._open(server)

    # ── what its person does ─────────────────────────────────────────────────────────────────────────────────────────

    def edit(self, chance: Random) -> None:
        """Something allowed, whether connected or not."""
        self._make(self._usage.edit, chance)

    def trespass(self, chance: Random) -> None:
        """Something that is refused. What its person does afterwards may build on it."""
        self._is_tainted = True
        self._make(self._usage.trespass, chance)

    # ── what the network does ────────────────────────────────────────────────────────────────────────────────────────

    def send(self, server: Server, times: int) -> None:
        """Everything unsent, in order, each so many times."""
        if not self.is_connected:
            return
        unsent, self._unsent = self._unsent, []
        for update in unsent:
            for _ in range(times):
                if not self._is_taken(server, update):
                    return

    def hear(self, chance: Random) -> None:
        """Apply what came: in any order, some of it twice, some not at all."""
        chance.shuffle(self.inbox)
        for told in self.inbox:
            for _ in range(chance.choice([0, 1, 1, 2])):
                self.doc.apply_update(told)
        self.inbox.clear()

    def lose_connection(self) -> None:
        """What was under way is lost, in both directions."""
        self.is_connected = False
        self.inbox.clear()
        self._unsent.clear()

    def reconnect(self, server: Server) -> None:
        """Exchange what the other side lacks."""
        self.lose_connection()
        self.is_connected = True
        self.doc.apply_update(server.replica.diff(self.doc.get_state()))
        self._is_taken(server, self.doc.get_update(server.replica.state_vector()))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _make(self, edit: Callable[[Document, Random, str], None], chance: Random) -> None:
        self._names += 1

        def note(event: TransactionEvent) -> None:
            self._unsent.append(event.update)

        subscription = self.doc.observe(note)
        with self.doc.transaction():
            edit(self.doc, chance, f"n{self._number}x{self._names}")
        self.doc.unobserve(subscription)

    def _is_taken(self, server: Server, update: bytes) -> bool:
        try:
            server.take(update, frozenset({self.doc.client_id}))
        except Refusal:
            assert self._is_tainted, "an honest edit was refused"
            self._open(server)
            return False
        return True

    def _open(self, server: Server) -> None:
        """Begin with a fresh replica under an id that was never used."""
        self._ids_used += 1
        self.doc = Document(client_id=100 * self._number + self._ids_used)
        self.doc.apply_update(server.replica.state())
        self.inbox.clear()
        self._unsent.clear()
        # Whether it holds something that the server must not take.
        self._is_tainted = False
