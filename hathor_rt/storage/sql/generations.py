"""The time lines of a database: every backup that is put back begins a new one.

Devices may hold what the backup does not. By the generation they know that what they hold is of another time line, and begin
afresh; and rooms get owner terms that no device has seen, so that what the restored rooms say is news to all.
"""

from sqlalchemy import Connection, insert, literal, select, update

from hathor_rt.storage.sql.tables import generations, leases, rooms


def begin_generation(connection: Connection, generation: int) -> None:
    """Mark everything as of `generation`.

    Args:
        connection: In a transaction.
        generation: Greater than any before, in this database and in the one it replaces; and than any owner term, which
            grows by one with each opening of a room: seconds since 1970 are both.
    """
    connection.execute(generations.insert().values(generation=generation))
    connection.execute(update(leases).values(term=generation))
    never_owned = select(rooms.c.room, literal(""), literal(generation), literal(0)).where(
        rooms.c.room.not_in(select(leases.c.room))
    )
    connection.execute(insert(leases).from_select(["room", "node", "term", "renewed_utc"], never_owned))
