"""What a database's errors mean to those who asked: full, down, a conflict, or a race worth another try."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hathor_rt.refusals import StorageDown, StorageFull
from hathor_rt.storage.ports import Conflict

_SQLITE_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_SQLITE_DOWN: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
    }
)

# SQLSTATE of PostgreSQL: serialization failure and deadlock. Nothing was done, and done again it usually works.
_RACES: Final = frozenset({"40001", "40P01"})
# Classes of SQLSTATE: connection, insufficient resources, operator intervention (which a statement timeout is),
# system error; and: lock not available, a standby that only reads, a database that is starting.
_DOWN: Final = ("08", "53", "57", "58", "55P03", "25006")
# Data exception and integrity violation.
_CONFLICTS: Final = ("22", "23")


class Raced(Exception):
    """Another transaction got in the way and this one was rolled back: worth trying again."""


def meaning(error: DBAPIError | PoolTimeout) -> Exception:
    """The exception to raise for a database's error; the error itself if it is a bug of ours."""
    if isinstance(error, PoolTimeout):
        return StorageDown("Storage is too busy to answer.")
    if isinstance(error.orig, sqlite3.Error):
        return _meaning_of_sqlite(error, error.orig)
    return _meaning_of_postgresql(error)


def _meaning_of_sqlite(error: DBAPIError, orig: sqlite3.Error) -> Exception:
    # The low byte is the kind, the rest tells it more exactly. Errors of the Python module itself have no code.
    code = getattr(orig, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StorageFull("The disk is full: nothing was saved.")
    if code in _SQLITE_DAMAGED:
        return StorageDown("The database file is damaged.")
    if code in _SQLITE_DOWN:
        return StorageDown("The database does not answer; nothing was saved.")
    if isinstance(error, IntegrityError):
        return Conflict(str(orig))
    return error


def _meaning_of_postgresql(error: DBAPIError) -> Exception:
    state = getattr(error.orig, "sqlstate", None)
    # Without a state no server answered: the connection was refused, lost, or timed out.
    if state is None:
        return (
            StorageDown("The database cannot be reached.") if error.connection_invalidated or _is_lost(error) else error
        )
    if state == "53100":
        return StorageFull("The database's disk is full: nothing was saved.")
    if state in _RACES:
        return Raced(str(error.orig))
    if state.startswith(_DOWN):
        return StorageDown("The database does not answer; nothing was saved.")
    if state.startswith(_CONFLICTS):
        return Conflict(str(error.orig))
    return error


def _is_lost(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout"}


@contextmanager
def translated() -> Iterator[None]:
    """Raise what a database's error means instead of the error."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        told = meaning(error)
        if told is error:
            raise
        raise told from error
