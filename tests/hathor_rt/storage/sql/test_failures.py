import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hathor_rt.refusals import StorageDown, StorageFull
from hathor_rt.storage.ports import Conflict
from hathor_rt.storage.sql.failures import Raced, meaning, translated


def _sqlite(code: int, wrapper: type[DBAPIError] = OperationalError) -> DBAPIError:
    error = sqlite3.OperationalError("told")
    error.sqlite_errorcode = code
    return wrapper("SELECT 1", {}, error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (_sqlite(sqlite3.SQLITE_FULL), StorageFull),
        (_sqlite(sqlite3.SQLITE_BUSY), StorageDown),
        (_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), StorageDown),
        (_sqlite(sqlite3.SQLITE_IOERR_WRITE), StorageDown),
        (_sqlite(sqlite3.SQLITE_READONLY), StorageDown),
        (_sqlite(sqlite3.SQLITE_CORRUPT), StorageDown),
        (_sqlite(sqlite3.SQLITE_CONSTRAINT_UNIQUE, IntegrityError), Conflict),
        (OperationalError("", {}, errors.DiskFull("")), StorageFull),
        (OperationalError("", {}, errors.QueryCanceled("")), StorageDown),
        (OperationalError("", {}, errors.AdminShutdown("")), StorageDown),
        (OperationalError("", {}, errors.TooManyConnections("")), StorageDown),
        (OperationalError("", {}, errors.LockNotAvailable("")), StorageDown),
        (OperationalError("", {}, errors.ReadOnlySqlTransaction("")), StorageDown),
        (OperationalError("", {}, psycopg.OperationalError("connection refused")), StorageDown),
        (OperationalError("", {}, errors.ConnectionTimeout("")), StorageDown),
        (OperationalError("", {}, errors.DeadlockDetected("")), Raced),
        (OperationalError("", {}, errors.SerializationFailure("")), Raced),
        (IntegrityError("", {}, errors.UniqueViolation("")), Conflict),
        (IntegrityError("", {}, errors.ForeignKeyViolation("")), Conflict),
        (DBAPIError("", {}, errors.NumericValueOutOfRange("")), Conflict),
        (PoolTimeout(), StorageDown),
    ],
)
def test_an_error_means_what_its_asker_must_know(error: DBAPIError | PoolTimeout, kind: type[Exception]) -> None:
    assert type(meaning(error)) is kind
    with pytest.raises(kind) as raised, translated():
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        _sqlite(sqlite3.SQLITE_ERROR),
        ProgrammingError("", {}, errors.UndefinedTable("")),
        ProgrammingError("", {}, psycopg.ProgrammingError("")),
    ],
)
def test_a_bug_stays_what_it_is(error: DBAPIError) -> None:
    assert meaning(error) is error
    with pytest.raises(DBAPIError) as raised, translated():
        raise error
    assert raised.value is error


def test_anything_else_passes() -> None:
    with pytest.raises(ValueError, match="other"), translated():
        raise ValueError("other")
