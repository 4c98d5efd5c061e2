"""Who is here, and what changed since the others were last told.

Only the newest record of each connection counts: whatever happens between two tellings is told once, and a record that
changed back, or came and went, is not told at all. So a busy room costs one small frame per telling.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class PresenceChanges(Generic[Record]):
    """`present` are new or changed, `gone` are the connections that left."""

    present: tuple[Record, ...]
    gone: tuple[str, ...]


class Presence(Generic[Record]):
    """Records by connection, in order of arrival. Records are compared by value."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._told: dict[str, Record] = {}
        # Insertion-ordered set of connections that may differ from what was told.
        self._touched: dict[str, None] = {}

    def put(self, connection: str, record: Record) -> None:
        """`connection` came, or its record changed."""
        self._records[connection] = record
        self._touched[connection] = None

    def drop(self, connection: str) -> None:
        """`connection` left. Idempotent."""
        if self._records.pop(connection, None) is not None:
            self._touched[connection] = None

    def get(self, connection: str) -> Record | None:
        """The newest record of `connection`."""
        return self._records.get(connection)

    def everyone(self) -> tuple[Record, ...]:
        """All records as they are now: what a newcomer is told."""
        return tuple(self._records.values())

    def take_changes(self) -> PresenceChanges[Record] | None:
        """What to tell now; None if nothing changed. Counts as told afterwards."""
        present: list[Record] = []
        gone: list[str] = []
        for connection in self._touched:
            record = self._records.get(connection)
            told = self._told.get(connection)
            if record is None:
                if told is not None:
                    gone.append(connection)
                    del self._told[connection]
            elif record != told:
                present.append(record)
                self._told[connection] = record
        self._touched.clear()
        return PresenceChanges(tuple(present), tuple(gone)) if present or gone else None

    def __len__(self) -> int:
        return len(self._records)
