"""Journal, snapshots and client ids in tables."""

import secrets
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import trio
from sqlalchemy import Connection, Row, bindparam, func, select
from sqlalchemy.sql.dml import ReturningInsert

from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.refusals import StorageDown
from hathor_rt.storage.ports import Claim, ClientIds, Conflict, JournalRow, Snapshot, StoredDocument
from hathor_rt.storage.sql import client_ids as numbering
from hathor_rt.storage.sql import leases
from hathor_rt.storage.sql.columns import columns_of
from hathor_rt.storage.sql.driver import Driver, Prepared
from hathor_rt.storage.sql.history import prune, retire, rows_after
from hathor_rt.storage.sql.portions import portions
from hathor_rt.storage.sql.reader import Reader
from hathor_rt.storage.sql.tables import client_ids, generations, journal, snapshots, standalone_documents
from hathor_rt.storage.sql.upserts import upsert, upsert_in
from hathor_rt.storage.sql.writer import Writer
from hathor_rt.timebase import StoredInstant
from sync.documents.authors import authors
from sync.refusal import MalformedUpdate
from sync.units import Micros

# A document has some thousand ids of 2^31 at most, so already the second draw is rare.
_DRAWS: Final = 64

# Built once: on the path of every edit, putting a statement together costs as much as running it.
_LAST: Final = Prepared(select(func.max(journal.c.sequence)).where(journal.c.document == bindparam("of")))
_INSERT: Final = Prepared(journal.insert())
_JOURNAL: Final = select(
    journal.c.sequence, journal.c.update, journal.c.boot_id, journal.c.monotonic_at, journal.c.utc_at
)

_SNAPSHOT: Final = select(snapshots.c.state, snapshots.c.through).where(snapshots.c.document == bindparam("of"))
_ROWS: Final = _JOURNAL.where(journal.c.document == bindparam("of"), journal.c.sequence >= bindparam("first")).order_by(
    journal.c.sequence
)
_OWN_IDS: Final = select(client_ids.c.client_id).where(
    client_ids.c.document == bindparam("of"),
    client_ids.c.principal == bindparam("principal"),
    client_ids.c.device == bindparam("device"),
)

# Rows retire once a minute, so already the second reading is rare.
_READINGS: Final = 5


class SqlDocuments:
    """`DocumentStore` in tables."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer
        self._packing = trio.CapacityLimiter(1)

    async def append(self, rows: Sequence[JournalRow], *, room: RoomId, term: int) -> None:
        """See `DocumentStore.append`."""
        kept = tuple(rows)
        await self._writer.write_straight(lambda driver: _append(driver, kept, room, term))

    async def load(self, document: DocumentName) -> StoredDocument:
        """See `DocumentStore.load`."""
        return await self._reader.read(lambda connection: _load(connection, document))

    async def save_snapshot(
        self, document: DocumentName, state: Snapshot, through: int, *, room: RoomId, term: int
    ) -> None:
        """See `DocumentStore.save_snapshot`."""
        # Not in the writer's thread: everybody's commits would wait for it.
        made = state if isinstance(state, bytes) else await trio.to_thread.run_sync(state, limiter=self._packing)
        await self._writer.write(lambda connection: _save_snapshot(connection, document, made, through, room, term))

    async def history(self, document: DocumentName, *, after: int = 0, limit: int = 200) -> Sequence[JournalRow]:
        """See `DocumentStore.history`."""
        found = rows_after(document, after, limit)
        return await self._reader.read(lambda connection: tuple(map(_journal_row, connection.execute(found))))

    async def retire(self, *, limit: int) -> int:
        """See `DocumentStore.retire`."""
        return await self._writer.write(lambda connection: retire(connection, limit))

    async def prune(self, before_utc: Micros, *, limit: int) -> int:
        """See `DocumentStore.prune`."""
        return await self._writer.write(lambda connection: prune(connection, before_utc, limit))

    async def date_client_ids(self, now_utc: Micros, *, limit: int) -> int:
        """See `DocumentStore.date_client_ids`."""
        return await self._writer.write(lambda connection: numbering.date(connection, now_utc, limit))

    async def prune_client_ids(
        self, before_utc: Micros, idle_since_utc: Micros, *, after: DocumentName
    ) -> DocumentName | None:
        """See `DocumentStore.prune_client_ids`."""
        name = await self._reader.read(lambda connection: numbering.next_document(connection, before_utc, after))
        if name is None:
            return None
        stored = await self._reader.read(
            lambda connection: (
                None if numbering.has_owner(connection, name, idle_since_utc) else _load(connection, name)
            )
        )
        if stored is None:
            return name
        try:
            found = await trio.to_thread.run_sync(authors, stored.state, stored.updates, limiter=self._packing)
        except MalformedUpdate:  # nobody knows whose ids it needs
            return name
        end = stored.through + len(stored.updates)

        def unit(connection: Connection) -> None:
            # Somebody may have come, edited and gone meanwhile.
            if not numbering.has_owner(connection, name, idle_since_utc) and _end(Driver.of(connection), name) == end:
                numbering.forget(connection, name, before_utc, found)

        await self._writer.write(unit)
        return name

    async def generation(self) -> int:
        """See `DocumentStore.generation`."""
        newest = select(func.coalesce(func.max(generations.c.generation), 0))
        return await self._reader.read(lambda connection: int(connection.execute(newest).scalar_one()))

    async def issue_client_id(self, document: DocumentName, principal: PrincipalId, device: DeviceId) -> int:
        """See `DocumentStore.issue_client_id`."""
        return await self._writer.write(lambda connection: _issue(connection, document, principal, device))

    async def resume_client_id(
        self, document: DocumentName, principal: PrincipalId, device: DeviceId, former: int
    ) -> ClientIds:
        """See `DocumentStore.resume_client_id`."""
        if former:
            own = await self._reader.read(lambda connection: _own_ids(connection, document, principal, device))
            if former in own:
                return ClientIds(former, own)

        def unit(connection: Connection) -> ClientIds:
            fresh = _issue(connection, document, principal, device)
            return ClientIds(fresh, _own_ids(connection, document, principal, device))

        return await self._writer.write(unit)

    async def claim_client_ids(self, document: DocumentName, claims: Sequence[Claim]) -> Mapping[int, PrincipalId]:
        """See `DocumentStore.claim_client_ids`."""
        kept = tuple(claims)
        return await self._writer.write(lambda connection: _claim(connection, document, kept))

    async def create(self, document: DocumentName, owner: PrincipalId, now_utc: Micros) -> bool:
        """See `DocumentStore.create`."""
        row = {"document": document, "owner": owner, "created_utc": now_utc}

        def unit(connection: Connection) -> bool:
            insert = upsert(connection, standalone_documents).values(row)
            kept = insert.on_conflict_do_nothing(index_elements=["document"]).returning(standalone_documents.c.document)
            return connection.execute(kept).first() is not None

        return await self._writer.write(unit)

    async def exists(self, document: DocumentName) -> bool:
        """See `DocumentStore.exists`."""
        found = select(standalone_documents.c.document).where(standalone_documents.c.document == document)
        return await self._reader.read(lambda connection: connection.execute(found).first() is not None)


def _end(driver: Driver, document: DocumentName) -> int:
    last: int | None = driver.value(_LAST, {"of": document})
    return last or 0


def _append(driver: Driver, rows: Sequence[JournalRow], room: RoomId, term: int) -> None:
    leases.check(driver, room, term)
    ends: dict[DocumentName, int] = {}
    for row in rows:
        if row.document not in ends:
            ends[row.document] = _end(driver, row.document)
        expected = ends[row.document] + 1
        if row.sequence != expected:
            raise Conflict(f"{row.document}: expected sequence {expected}, got {row.sequence}")
        ends[row.document] = expected
    if rows:
        driver.run(_INSERT, [_values(row, term) for row in rows])


def _values(row: JournalRow, term: int) -> dict[str, object]:
    return {
        "document": row.document,
        "sequence": row.sequence,
        "update": row.update,
        "principal": row.principal,
        "device": row.device,
        "actions": row.actions,
        "boot_id": row.received.boot_id,
        "monotonic_at": row.received.monotonic_at,
        "utc_at": row.received.utc_at,
        "term": term,
    }


def _journal_row(row: Row[Any]) -> JournalRow:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name; a column is called "update"
    return JournalRow(
        values["document"],
        values["sequence"],
        values["update"],
        values["principal"],
        values["device"],
        values["actions"],
        StoredInstant(values["boot_id"], Micros(values["monotonic_at"]), Micros(values["utc_at"])),
    )


def _load(connection: Connection, document: DocumentName) -> StoredDocument:
    # Where each statement sees what was committed before it (PostgreSQL), rows may retire between the statements.
    for _ in range(_READINGS):
        found = _read(connection, document)
        if found is not None:
            return found
    raise StorageDown(f"{document} changes faster than it can be read.")


def _read(connection: Connection, document: DocumentName) -> StoredDocument | None:
    """Snapshot, what follows it, and the instant of the newest row; None if they do not fit together."""
    snapshot = connection.execute(_SNAPSHOT, {"of": document}).one_or_none()
    state, through = (snapshot.state, snapshot.through) if snapshot is not None else (b"", 0)
    # Together with the row the snapshot ends with, which never retires before a later one does its office.
    rows = [each._mapping for each in connection.execute(_ROWS, {"of": document, "first": through})]  # noqa: SLF001 - as above
    if not rows:
        return StoredDocument(state, through, (), None) if through == 0 else None
    if rows[0]["sequence"] != max(through, 1):
        return None
    updates = tuple(each["update"] for each in rows if each["sequence"] > through)
    newest = rows[-1]
    last = StoredInstant(newest["boot_id"], Micros(newest["monotonic_at"]), Micros(newest["utc_at"]))
    return StoredDocument(state, through, updates, last)


def _save_snapshot(
    connection: Connection, document: DocumentName, state: bytes, through: int, room: RoomId, term: int
) -> None:
    driver = Driver.of(connection)
    leases.check(driver, room, term)
    end = _end(driver, document)
    if through > end:
        raise Conflict(f"{document}: a snapshot through {through}, but the journal ends at {end}")
    insert = upsert(connection, snapshots).values(document=document, state=state, through=through)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["document"],
            set_={"state": insert.excluded.state, "through": insert.excluded.through},
            where=snapshots.c.through <= insert.excluded.through,
        )
    )


@cache
def _issuing(dialect: str) -> ReturningInsert[tuple[int]]:
    """Keeps a client id and gives it back, unless it is taken."""
    insert = upsert_in(dialect, client_ids).on_conflict_do_nothing(index_elements=["document", "client_id"])
    return insert.returning(client_ids.c.client_id)


def _own_ids(
    connection: Connection, document: DocumentName, principal: PrincipalId, device: DeviceId
) -> frozenset[int]:
    whose = {"of": document, "principal": principal, "device": device}
    return frozenset(connection.scalars(_OWN_IDS, whose))


def _issue(connection: Connection, document: DocumentName, principal: PrincipalId, device: DeviceId) -> int:
    for _ in range(_DRAWS):
        number = secrets.randbelow(2**31 - 1) + 1
        row = {"document": document, "client_id": number, "principal": principal, "device": device}
        if connection.execute(_issuing(connection.dialect.name), row).first() is not None:
            return number
    raise Conflict(f"{document}: no free client id was found")


def _claim(connection: Connection, document: DocumentName, claims: Sequence[Claim]) -> dict[int, PrincipalId]:
    owners: dict[int, PrincipalId] = {}
    for some in portions(claims):
        rows = [{"document": document, **columns_of(each)} for each in some]
        insert = upsert(connection, client_ids).values(rows)
        connection.execute(insert.on_conflict_do_nothing(index_elements=["document", "client_id"]))
        claimed = client_ids.c.client_id.in_([each.client_id for each in some])
        found = select(client_ids.c.client_id, client_ids.c.principal).where(client_ids.c.document == document, claimed)
        owners.update((row.client_id, PrincipalId(row.principal)) for row in connection.execute(found))
    return owners
