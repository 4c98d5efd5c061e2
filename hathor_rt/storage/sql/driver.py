"""The driver's own connection, for the few statements that every edit runs.

SQLAlchemy takes about 100 us for each small statement it runs and 50 for a transaction, several times what SQLite needs for
them. So statements that are always the same are written with it once, for each dialect, and handed to the driver as text.
Errors leave here as SQLAlchemy would raise them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection, Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPICursor, DBAPIModule
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler

from hathor_rt.storage.sql.engines import SQLITE_BEGIN_WRITING


class Prepared:
    """A statement without values, put together once for each dialect.

    Args:
        statement: Its parameters must be of types that drivers take as they are: texts, whole numbers, bytes.
    """

    __slots__ = ("_by_dialect", "_statement")

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        # Text, and the names of its parameters in order if the driver wants them in order.
        self._by_dialect: dict[str, tuple[str, Sequence[str] | None]] = {}

    def text(self, dialect: Dialect) -> tuple[str, Sequence[str] | None]:
        """What the driver is given, and the names of its parameters in order; None: it takes them by name."""
        known = self._by_dialect.get(dialect.name)
        if known is None:
            compiled = self._statement.compile(dialect=dialect)
            assert isinstance(compiled, SQLCompiler)
            known = self._by_dialect[dialect.name] = (str(compiled), compiled.positiontup)
        return known


class Driver:
    """A connection as its driver made it, within a transaction.

    Args:
        connection: From a pool of the engine.
        dialect: Of the engine.
    """

    __slots__ = ("_connection", "_cursor", "_dialect", "_error")

    def __init__(self, connection: PoolProxiedConnection, dialect: Dialect) -> None:
        self._connection: Final = connection
        self._dialect: Final = dialect
        self._error: Final = dialect.loaded_dbapi.Error
        self._cursor: Final[DBAPICursor] = connection.cursor()

    @classmethod
    def of(cls, connection: Connection) -> "Driver":
        """What is below `connection`, in the same transaction."""
        return cls(connection.connection, connection.dialect)

    def value(self, statement: Prepared, values: Mapping[str, object]) -> Any:
        """The first column of the first row; None if there is none. Raises `DBAPIError`."""
        text, order = statement.text(self._dialect)
        try:
            self._cursor.execute(text, _arguments(values, order))
            row = self._cursor.fetchone()
        except self._error as error:
            raise self._told(error) from error
        return None if row is None else row[0]

    def run(self, statement: Prepared, rows: Sequence[Mapping[str, object]]) -> None:
        """Run the statement for each of `rows`. Raises `DBAPIError`."""
        text, order = statement.text(self._dialect)
        try:
            if len(rows) == 1:
                self._cursor.execute(text, _arguments(rows[0], order))
            else:
                self._cursor.executemany(text, [_arguments(row, order) for row in rows])
        except self._error as error:
            raise self._told(error) from error

    def begin(self) -> None:
        """Begin a transaction that will write. Raises `DBAPIError`."""
        # Drivers of PostgreSQL begin by themselves.
        if self._dialect.name == "sqlite":
            try:
                self._cursor.execute(SQLITE_BEGIN_WRITING)
            except self._error as error:
                raise self._told(error) from error

    def commit(self) -> None:
        """End it. Raises `DBAPIError`."""
        try:
            self._connection.commit()
        except self._error as error:
            raise self._told(error) from error

    def _told(self, error: DBAPIModule.Error) -> Exception:
        """The driver's error as SQLAlchemy raises it; a connection that is lost is not given out again."""
        is_lost = self._dialect.is_disconnect(error, self._connection, self._cursor)
        if is_lost:
            self._connection.invalidate(error)
        return DBAPIError.instance(
            None, None, error, self._error, connection_invalidated=is_lost, dialect=self._dialect
        )


class Lane:
    """Transactions straight on the driver of an engine, one at a time. Its methods block.

    SQLite has a single connection that writes, so it is kept from one transaction to the next: asking the pool takes longer
    than what is then written. Those of PostgreSQL go back to their pool, which looks at each before it gives it out again.

    Args:
        engine: Where to.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._keeps: Final = engine.dialect.name == "sqlite"
        self._kept: PoolProxiedConnection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Driver]:
        """A transaction that is committed at the end of the block, or rolled back if that raises.

        Raises:
            DBAPIError, TimeoutError: As SQLAlchemy's.
        """
        if self._kept is None:
            self._kept = self._engine.raw_connection()
        keeps = False
        try:
            driver = Driver(self._kept, self._engine.dialect)
            driver.begin()
            yield driver
            driver.commit()
            keeps = self._keeps
        finally:
            if not keeps:
                self.give_back()

    def give_back(self) -> None:
        """Let others have the connection; what was not committed is rolled back. Idempotent."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            kept.close()


def _arguments(values: Mapping[str, object], order: Sequence[str] | None) -> Any:
    return values if order is None else [values[name] for name in order]
