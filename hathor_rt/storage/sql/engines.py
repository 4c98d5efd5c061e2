"""How to connect: the settings that make SQLite durable and PostgreSQL answer in time."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from hathor_rt.refusals import BadSetting

# Reads that run at once. More than a few only take turns on the interpreter lock.
READERS: Final = 8

# Longest wait for another process's write (a library scan from the command line commits well under a second).
_SQLITE_BUSY_MILLIS: Final = 5_000

# A thread cannot be cancelled, so the database must end what takes too long. The longest statement, a page of search
# results over 50 000 tracks, takes some 50 ms.
_STATEMENT_MILLIS: Final = 10_000
_LOCK_MILLIS: Final = 5_000
_CONNECT_SECONDS: Final = 5
_POOL_SECONDS: Final = 10

# A writer that took the lock only at its first write could find that it had read old rows, and fail.
SQLITE_BEGIN_WRITING: Final = "BEGIN IMMEDIATE"

_DATABASE_NAME: Final = "hathor.db"


@dataclass(frozen=True, slots=True)
class Engines:
    """Two ways in: SQLite has one connection that writes and several that read; PostgreSQL one pool for both."""

    writer: Engine
    reader: Engine

    def dispose(self) -> None:
        """Close all connections. Blocks."""
        self.reader.dispose()
        self.writer.dispose()


def database_url(setting: str, data_folder: Path) -> URL:
    """The database a setting names; an empty one is SQLite in the data folder.

    Raises:
        BadSetting: It is no SQLAlchemy URL of SQLite (in a file) or PostgreSQL.
    """
    if not setting:
        return URL.create("sqlite", database=str(data_folder / _DATABASE_NAME))
    try:
        url = make_url(setting)
    except ArgumentError as error:
        raise BadSetting(
            "The database URL is not of the form sqlite:///file or postgresql://user@host/name."
        ) from error
    match url.get_backend_name():
        case "sqlite":
            if url.database in (None, "", ":memory:"):
                raise BadSetting("The SQLite database must be a file: sqlite:///var/hathor.db")
            return url
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise BadSetting(f"Databases of the kind {other!r} are not supported, only sqlite and postgresql.")


def connect(url: URL) -> Engines:
    """Engines for `url`. Nothing is opened yet."""
    if url.get_backend_name() == "sqlite":
        return Engines(writer=_sqlite(url, is_writer=True), reader=_sqlite(url, is_writer=False))
    engine = create_engine(
        url,
        pool_size=READERS + 1,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        # A connection that died while idle (the server restarted) is noticed before it costs somebody an edit.
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            # Milliseconds until unacknowledged bytes end the connection: a machine that vanished answers nothing.
            "tcp_user_timeout": _STATEMENT_MILLIS,
            "options": f"-c statement_timeout={_STATEMENT_MILLIS} -c lock_timeout={_LOCK_MILLIS}"
            f" -c idle_in_transaction_session_timeout={2 * _STATEMENT_MILLIS}",
        },
    )
    return Engines(writer=engine, reader=engine)


def _sqlite(url: URL, *, is_writer: bool) -> Engine:
    engine = create_engine(url, pool_size=1 if is_writer else READERS, max_overflow=0, pool_timeout=_POOL_SECONDS)

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The module must not begin transactions by itself: it would leave savepoints and DDL out of them.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={_SQLITE_BUSY_MILLIS}",
            "journal_mode=WAL",
            # An acknowledged edit survives power loss. The writer shares the cost among all who wait.
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
            *(() if is_writer else ("query_only=ON",)),
        ):
            connection.execute(f"PRAGMA {pragma}")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(SQLITE_BEGIN_WRITING if is_writer else "BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
