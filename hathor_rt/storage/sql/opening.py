"""Opening the SQL engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from hathor_rt.observations import Observations
from hathor_rt.refusals import StorageDown
from hathor_rt.storage.ports import Storage
from hathor_rt.storage.sql.documents import SqlDocuments
from hathor_rt.storage.sql.engines import Engines, connect, database_url
from hathor_rt.storage.sql.jobs import SqlJobs
from hathor_rt.storage.sql.principals import SqlPrincipals
from hathor_rt.storage.sql.reader import Reader
from hathor_rt.storage.sql.rooms import SqlRooms
from hathor_rt.storage.sql.schema import bring_up_to_date
from hathor_rt.storage.sql.secrets import SqlSecrets
from hathor_rt.storage.sql.tokens import SqlTokens
from hathor_rt.storage.sql.tracks import SqlTracks
from hathor_rt.storage.sql.writer import Writer

# Closing the last connection moves what is in the write-ahead log to the database file.
_CLOSING_SECONDS = 5


@asynccontextmanager
async def open_sql(url: str, data_folder: Path, observations: Observations | None = None) -> AsyncIterator[Storage]:
    """Open the database and bring its tables up to date; closed at the end of the block.

    Args:
        url: SQLAlchemy URL of SQLite or PostgreSQL; empty is ``hathor.db`` in `data_folder`.
        data_folder: Made if it is not there.
        observations: Told how long commits take.

    Raises:
        BadSetting: `url` names no database that can be used.
        NewerData: A newer version of the program wrote the database.
        StorageDown: The database cannot be reached, or the folder not made.
    """
    parsed = database_url(url, data_folder)
    engines = connect(parsed)
    writer = Writer(engines.writer, observations)

    def prepare() -> None:
        try:
            data_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageDown(f"The data folder {data_folder} cannot be made: {error.strerror}") from error
        bring_up_to_date(engines, parsed)

    try:
        await trio.to_thread.run_sync(prepare)
        yield _storage(engines, writer)
    finally:

        def close() -> None:
            writer.close()
            engines.dispose()

        with trio.CancelScope(shield=True, deadline=trio.current_time() + _CLOSING_SECONDS):
            await trio.to_thread.run_sync(close)


def _storage(engines: Engines, writer: Writer) -> Storage:
    reader = Reader(engines.reader)
    return Storage(
        documents=SqlDocuments(reader, writer),
        rooms=SqlRooms(reader, writer),
        principals=SqlPrincipals(reader, writer),
        tracks=SqlTracks(reader, writer),
        jobs=SqlJobs(reader, writer),
        secrets=SqlSecrets(reader, writer),
        tokens=SqlTokens(reader, writer),
    )
