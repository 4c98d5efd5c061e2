"""Which tracks exist: asked of the library once, then remembered, so that most additions need no look-up."""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from hathor_rt.ids import TrackId

# Beyond this the memory starts anew.
TRACKS_REMEMBERED: Final = 10_000


class TracksWanted(Exception):  # not an error: a question the caller answers with `KnownTracks.learn`
    """Handling needs to know whether these tracks exist; nothing has changed. Learn them, then handle again."""

    def __init__(self, tracks: frozenset[str]) -> None:
        super().__init__("tracks to look up")
        self.tracks = tracks


class TrackFinder(Protocol):
    """What documents ask of the library."""

    async def exists(self, tracks: Sequence[TrackId]) -> frozenset[TrackId]:
        """Which of these are in the library."""
        ...


class KnownTracks:
    """Tracks that were there when somebody asked."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, existing: Iterable[str]) -> None:
        """These tracks exist in the library."""
        learnt = frozenset(existing)
        if len(self._known) + len(learnt) > TRACKS_REMEMBERED:
            self._known.clear()
        self._known |= learnt

    def require(self, tracks: Iterable[str]) -> None:
        """Raise `TracksWanted` for those that nobody asked about yet."""
        wanted = frozenset(track for track in tracks if track not in self._known)
        if wanted:
            raise TracksWanted(wanted)
