"""The server's side of one document, with a journal and a snapshot, that may die and be loaded again between any two steps."""

from collections.abc import Callable

from sync.documents.guard import read_state_vector
from sync.documents.kind import Edit
from sync.documents.replica import Replica
from sync.refusal import Refusal
from tests.sync.convergence.usages import Usage


class Server:
    """A live replica and what was committed.

    Attributes:
        rows: The journal.
    """

    def __init__(self, usage: Usage) -> None:
        self._usage = usage
        self.replica = Replica(usage.kind, usage.limits)
        self.rows: list[bytes] = []
        self._accepted: list[bytes] = []
        self._snapshot, self._through = b"", 0
        # A snapshot that is being made beside everything else, and the rows it holds.
        self._making: tuple[Callable[[], bytes], int] | None = None
        self.author(usage.begin())

    def take(self, update: bytes, client_ids: frozenset[int]) -> None:
        """What a client sent. Raises the `Refusal`, after which nothing has changed."""
        before = self.replica.state(), self._usage.seen(self.replica)
        try:
            proposal = self.replica.propose(update, client_ids)
        except Refusal:
            assert (self.replica.state(), self._usage.seen(self.replica)) == before
            raise
        if proposal.has_effect:
            self.replica.accept()
            self._accepted.append(update)

    def tick(self) -> list[bytes]:
        """Commit what was accepted; what everybody is to be told then."""
        told = self.replica.flush()
        assert (told is None) == (not self._accepted)
        if told is None:
            return []
        self.rows += self._accepted if self._usage.kind.keeps_authors else [told]
        self._accepted.clear()
        return [told]

    def author(self, edit: Edit | None) -> list[bytes]:
        """An edit of the server's own, committed at once; what everybody is to be told."""
        assert not self._accepted, "tick first"
        update = None if edit is None else self.replica.author(edit)
        if update is None:
            return []
        self.rows.append(update)
        return [update]

    def begin_snapshot(self) -> None:
        assert not self._accepted, "tick first"
        self._making = self.replica.snapshot(), len(self.rows)

    def end_snapshot(self) -> None:
        """Keep the snapshot that was begun, as it was then, if one was."""
        if self._making is not None:
            make, self._through = self._making
            self._snapshot, self._making = make(), None

    def crash(self) -> None:
        """What was accepted and not committed is gone; nobody was told of it."""
        self._accepted.clear()
        self._making = None
        self.replica.close()
        self.replica = self._load(self._snapshot, self.rows[self._through :])

    def check_loads(self) -> None:
        """However it is loaded, it is the same document, and it lacks nothing that was committed."""
        replica = self.replica
        shown = self._usage.seen(replica)
        vector = read_state_vector(replica.state_vector(), replica.limits)
        for state, rows in (
            (b"", self.rows),
            (self._snapshot, self.rows[self._through :]),
            (replica.snapshot()(), []),
            (replica.state(), []),
        ):
            loaded = self._load(state, rows)
            assert self._usage.seen(loaded) == shown
            assert read_state_vector(loaded.state_vector(), loaded.limits) == vector
            for row in self.rows:
                assert not loaded.propose(row, frozenset()).has_effect
            loaded.close()

    def _load(self, state: bytes, rows: list[bytes]) -> Replica:
        return Replica.load(self._usage.kind, state, rows, self._usage.limits)
