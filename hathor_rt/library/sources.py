"""A track's record and a file that holds its sound."""

import trio

from hathor_rt.ids import TrackId
from hathor_rt.refusals import TrackUnavailable, UnknownTrack
from hathor_rt.storage.ports import Track, TrackStore


class Sources:
    """Looks tracks and their files up."""

    def __init__(self, tracks: TrackStore) -> None:
        self._tracks = tracks

    async def track(self, track: TrackId) -> Track:
        """The record. Raises `UnknownTrack`."""
        record = await self._tracks.get(track)
        if record is None:
            raise UnknownTrack(f"There is no track {track}.")
        return record

    async def path(self, record: Track) -> str:
        """A file of the track that is there now; of several copies the largest, since one that was cut off counts as a copy.

        Raises:
            TrackUnavailable: None is.
        """
        copies = await self._tracks.files_of(record.track)
        for file in sorted(copies, key=lambda copy: copy.byte_count, reverse=True):
            # The scan may be older than the last unplugged disk, so the file is looked for and not the flag.
            if await trio.Path(file.path).is_file():
                return file.path
        raise TrackUnavailable(f"The file of “{record.title}” is not there now.")
