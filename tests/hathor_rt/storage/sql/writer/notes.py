"""A table, and what is written into it, for the tests of the writer."""

from collections.abc import Callable

import trio
import trio.testing
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, select

from hathor_rt.storage.sql.engines import Engines

notes = Table("notes", MetaData(), Column("number", Integer, primary_key=True), Column("text", Text))


def kept(engines: Engines) -> list[int]:
    with engines.reader.begin() as connection:
        return list(connection.scalars(select(notes.c.number).order_by(notes.c.number)))


def add(number: int, note: str = "") -> Callable[[Connection], int]:
    def unit(connection: Connection) -> int:
        connection.execute(notes.insert().values(number=number, text=note))
        return number

    return unit


def until(released: trio.Event) -> Callable[[Connection], None]:
    """A unit that keeps the writer busy, so that those who come meanwhile share a batch."""
    token = trio.lowlevel.current_trio_token()

    def unit(_connection: Connection) -> None:
        trio.from_thread.run(released.wait, trio_token=token)

    return unit
