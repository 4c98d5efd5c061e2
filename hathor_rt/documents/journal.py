"""An owner's hold on storage: one commit per tick with its term, snapshots in between."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final

from hathor_rt.documents.effects import Record
from hathor_rt.ids import DocumentName, RoomId
from hathor_rt.storage.ports import DocumentStore, JournalRow, Snapshot
from hathor_rt.timebase import Timebase

# Loading replays at most this many updates after a snapshot: some milliseconds.
ROWS_PER_SNAPSHOT: Final = 500


class Journal:
    """Appends for one owner under its term.

    Args:
        store: Where it goes.
        room: What the lease is about: the room, or the standalone document itself.
        term: Owner term from the lease; storage refuses a lower one.
        timebase: Stamps each row.
        sequences: Last sequence number of each document as loaded.
    """

    def __init__(
        self, store: DocumentStore, room: RoomId, term: int, timebase: Timebase, sequences: Mapping[DocumentName, int]
    ) -> None:
        self._store = store
        self._room = room
        self._term = term
        self._timebase = timebase
        self._last = dict(sequences)
        self._since_snapshot = dict.fromkeys(sequences, 0)

    async def commit(self, records: Sequence[Record]) -> None:
        """Make `records` durable as one unit; returns at once when there are none.

        Raises:
            Fenced: Another node owns them now.
            StorageFull, StorageDown: Nothing was written; its owner must close and open again from the journal.
        """
        if not records:
            return
        received = self._timebase.stamp()
        rows = []
        last = dict(self._last)
        for record in records:
            last[record.document] += 1
            rows.append(
                JournalRow(
                    record.document,
                    last[record.document],
                    record.update,
                    record.principal,
                    record.device,
                    record.actions,
                    received,
                )
            )
        await self._store.append(rows, room=self._room, term=self._term)
        self._last = last
        for record in records:
            self._since_snapshot[record.document] += 1

    def due(self) -> tuple[DocumentName, ...]:
        """Documents that have grown enough to be kept as a snapshot."""
        return tuple(name for name, count in self._since_snapshot.items() if count >= ROWS_PER_SNAPSHOT)

    def grown(self) -> tuple[DocumentName, ...]:
        """Documents with any row since their snapshot."""
        return tuple(name for name, count in self._since_snapshot.items() if count)

    def keeping(self, document: DocumentName, state: Snapshot) -> Callable[[], Awaitable[None]]:
        """What keeps `state`, which must hold exactly what is committed now; edits may be committed while it does.

        What it raises: see `snapshot`.
        """
        through = self._last[document]
        self._since_snapshot[document] = 0
        return partial(self._store.save_snapshot, document, state, through, room=self._room, term=self._term)

    async def snapshot(self, document: DocumentName, state: Snapshot) -> None:
        """Keep `state`, which must hold exactly what was committed so far. Journal rows stay as history.

        If it fails it is due again after as many rows as any other.

        Raises:
            Fenced: Another node owns them now.
            StorageFull, StorageDown: It was not kept; nothing is lost, loading takes longer.
        """
        await self.keeping(document, state)()
