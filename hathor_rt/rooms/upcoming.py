"""What open rooms will play, the nearest first."""

from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Final

from hathor_rt.ids import TrackId
from hathor_rt.rooms.core import RoomCore

# Of each room: an hour of music.
_MOST_OF_A_ROOM: Final = 20


def upcoming(rooms: Iterable[RoomCore]) -> list[TrackId]:
    """Tracks by their distance from being played: what every room plays now, then what each plays next, and so on."""
    ahead = [_of(room) for room in rooms]
    nearest = chain.from_iterable(zip_longest(*ahead))
    return [track for track in nearest if track is not None]


def _of(room: RoomCore) -> Sequence[TrackId]:
    entries = room.documents.entries
    current = room.transport.current
    if current is None:
        return [TrackId(row.track) for row in entries[:_MOST_OF_A_ROOM]]
    place = next((index + 1 for index, row in enumerate(entries) if row.entry == current.entry), 0)
    rest = [TrackId(row.track) for row in entries[place : place + _MOST_OF_A_ROOM - 1]]
    return [TrackId(current.track), *rest]
