"""`hathor room …`: rooms without a browser."""

from collections.abc import Sequence

import trio

from hathor_rt.cli.addresses import shown_address
from hathor_rt.cli.compose import open_services
from hathor_rt.config import Config
from hathor_rt.ids import PrincipalId, RoomId, TrackId
from hathor_rt.refusals import UnknownTrack

# A search on the command line adds at most this much of the library.
MOST_PER_QUERY = 500
# The room belongs to the server: whoever has the link controls it together.
SERVER = PrincipalId("")


def create(config: Config, name: str, queries: Sequence[str], *, is_listed: bool) -> str:
    """Make a room, fill its queue, and return its link.

    Raises:
        BadName: `name` is none.
        UnknownTrack: A query matches nothing; no room was made.
    """
    return trio.run(_create, config, name, tuple(queries), is_listed)


async def _create(config: Config, name: str, queries: Sequence[str], is_listed: bool) -> str:
    async with open_services(config) as services:
        application = services.application
        tracks: list[TrackId] = []
        for query in queries:
            found = await application.library.search(query, limit=MOST_PER_QUERY, offset=0)
            if not found:
                raise UnknownTrack(f"nothing in the library matches {query!r}")
            tracks.extend(track.track for track in found)
        record, invite = await application.rooms.create(SERVER, name, is_listed=is_listed)
        if tracks:
            await application.rooms.add_tracks(record.room, SERVER, tracks)
        return room_link(config, record.room, "" if is_listed else invite.token)


def room_link(config: Config, room: RoomId, invite: str) -> str:
    """The link people open."""
    return f"{shown_address(config)}/r/{room}" + (f"?i={invite}" if invite else "")
