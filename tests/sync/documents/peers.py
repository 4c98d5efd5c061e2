"""A client of a queue as tests need it: a Yjs document that edits and tells its updates."""

from collections.abc import Sequence

from pycrdt import Doc, Map, TransactionEvent

from sync.documents import order, queue
from sync.documents.kind import Edit
from sync.documents.queue import QUEUE, QueueEntry
from sync.documents.replica import Replica
from sync.units import Micros

ADDED_AT = Micros(1_732_098_765_123_456)


class Peer:
    """One Y.Doc instance under one client id."""

    def __init__(self, client_id: int, state: bytes = b"") -> None:
        self.client_id = client_id
        self.ids = frozenset({client_id})
        self.doc: Doc[Map[object]] = Doc(client_id=client_id)
        self.map: Map[object] = self.doc.get(queue.ROOT, type=Map)
        if state:
            self.doc.apply_update(state)

    def edit(self, edit: Edit) -> bytes:
        """Run `edit` in one transaction; the update it made."""
        updates: list[bytes] = []

        def note(event: TransactionEvent) -> None:
            updates.append(event.update)

        subscription = self.doc.observe(note)
        with self.doc.transaction():
            edit(self.map)
        self.doc.unobserve(subscription)
        [update] = updates
        return update

    def content(self) -> dict[str, object]:
        found = self.map.to_py()
        assert found is not None
        return found


def entry(name: str, key: str | None = None, *, track: str = "t1", added_by: str = "p1") -> QueueEntry:
    """An entry called `name`; without an order key it stands in the middle."""
    return QueueEntry(name, track, added_by, key or order.between(None, None, name), ADDED_AT)


def entries(count: int) -> list[QueueEntry]:
    """Entries e0, e1, … in this order."""
    names = [f"e{index}" for index in range(count)]
    return [entry(name, key) for name, key in zip(names, order.run(None, None, names), strict=True)]


def filled(count: int) -> Replica:
    """A queue with entries e0, e1, … by the server."""
    replica = Replica(QUEUE)
    replica.author(queue.add(*entries(count)))
    return replica


def names(replica: Replica) -> Sequence[str]:
    """Entry ids in order."""
    return [each.entry for each in queue.entries(replica)]
