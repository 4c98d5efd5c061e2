"""What playlists and scratch documents permit, by what the shadow saw."""

from collections.abc import Iterable
from typing import Final

from hathor_rt.documents.followed import SERVER, FollowedDocuments
from hathor_rt.documents.ports import Visitor
from hathor_rt.documents.tracks import KnownTracks, TrackFinder, TracksWanted
from hathor_rt.ids import DocumentName, TrackId
from hathor_rt.playlists.permissions import ROLES, require
from hathor_rt.refusals import UnknownTrack
from sync.documents import queue
from sync.documents.kind import Action
from sync.documents.playlist import Described, Noted
from sync.documents.queue import Added, Moved, Removed
from sync.documents.replica import Replica
from sync.refusal import NotAllowed, SchemaViolation


class PlaylistRules:
    """`Rules` of one open playlist.

    Args:
        name: Which.
        replica: Its document, only read.
        finder: Knows which tracks exist.
    """

    def __init__(self, name: DocumentName, replica: Replica, finder: TrackFinder) -> None:
        self._name: Final = name
        self._replica = replica
        self._finder = finder
        self._tracks = KnownTracks()

    def judge(self, visitor: Visitor, role: str, actions: Iterable[Action]) -> None:
        """See `Rules.judge`."""
        added: list[str] = []
        has_any = False
        for action in actions:
            has_any = True
            match action:
                case Added(track=track, added_by=added_by):
                    require("playlist", role, "add")
                    if added_by != visitor.principal:
                        raise SchemaViolation("an entry must name the one who adds it")
                    added.append(track)
                case Moved() | Removed():
                    require("playlist", role, "arrange")
                case Noted():
                    require("playlist", role, "annotate")
                case Described():
                    require("playlist", role, "describe")
                case _:
                    raise AssertionError(f"no right is written down for {action}")
        if not has_any and not ROLES["playlist"].get(role):
            raise NotAllowed("your role may only read this playlist")
        self._tracks.require(added)

    async def look_up(self, wanted: TracksWanted) -> None:
        """See `Rules.look_up`."""
        existing = await self._finder.exists([TrackId(track) for track in wanted.tracks])
        if not existing >= wanted.tracks:
            raise UnknownTrack("this track is not in the library")
        self._tracks.learn(existing)

    def keep_house(self, documents: FollowedDocuments) -> None:
        """Shorten order keys that many edits in one place made long; that is never a reason to refuse an edit."""
        if queue.has_overlong_keys(self._replica):
            orders = queue.rebalanced(queue.entries(self._replica))
            documents.author(self._name, queue.move(orders), (), SERVER)


class ScratchRules:
    """`Rules` of scratch documents: who may write may write anything."""

    def judge(self, visitor: Visitor, role: str, actions: Iterable[Action]) -> None:
        """See `Rules.judge`."""
        require("scratch", role, "write")

    async def look_up(self, wanted: TracksWanted) -> None:
        """See `Rules.look_up`."""
        raise AssertionError("scratch documents have no tracks")

    def keep_house(self, documents: FollowedDocuments) -> None:
        """See `Rules.keep_house`: nobody else's business."""
