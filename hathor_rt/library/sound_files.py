"""The file that a rendition is made of: the track's own, or that of one of its stems."""

from hathor_rt.library.sources import Sources
from hathor_rt.library.stem_sets import StemSets
from hathor_rt.storage.ports import Track
from media.rendition import Rendition


class SoundFiles:
    """Looks files up."""

    def __init__(self, sources: Sources, stems: StemSets) -> None:
        self._sources = sources
        self._stems = stems

    async def path(self, record: Track, rendition: Rendition) -> str:
        """A file that is there now.

        Raises:
            TrackUnavailable: The track has none.
            NotSeparated: It has, but its stems are not there (any more).
            UnknownStem: There is no such stem.
        """
        if rendition.stem:
            return str(await self._stems.find(record, rendition.model, rendition.stem))
        return await self._sources.path(record)
