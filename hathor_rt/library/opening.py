"""Putting the library's services together."""

from dataclasses import dataclass

from hathor_rt.library.catalogue import Catalogue
from hathor_rt.library.delivery import SegmentDelivery
from hathor_rt.library.links import SECRET_NAME
from hathor_rt.library.prefetch import Prefetch
from hathor_rt.library.recordings import LibraryRecordings
from hathor_rt.library.sources import Sources
from hathor_rt.library.workshop import ResultStore, Workshop
from hathor_rt.storage.ports import Storage


@dataclass(frozen=True, slots=True)
class OpenLibrary:
    """The services, which share what they remember."""

    catalogue: Catalogue
    """`hathor_rt.library.ports.Library`."""
    recordings: LibraryRecordings
    """`hathor_rt.rooms.ports.Recordings`."""
    delivery: SegmentDelivery
    """`hathor_rt.library.ports.Delivery`."""


async def open_library(
    storage: Storage, workshop: Workshop, results: ResultStore, *, segment_wait_seconds: float
) -> OpenLibrary:
    """The library over an open storage engine, the media pool and the blob store. Needs no closing.

    Args:
        storage: Tracks and the key that signs segment URLs.
        workshop: `media.pool.Pool`.
        results: `hathor_rt.storage.blobs.Blobs`.
        segment_wait_seconds: `Config.segment_wait_seconds`.
    """
    prefetch = Prefetch(workshop, Sources(storage.tracks))
    recordings = LibraryRecordings(storage.tracks, workshop, prefetch)
    delivery = SegmentDelivery(
        storage.tracks,
        recordings,
        prefetch,
        workshop,
        results,
        key=await storage.secrets.secret(SECRET_NAME),
        wait_seconds=segment_wait_seconds,
    )
    return OpenLibrary(Catalogue(storage.tracks, recordings, workshop, results), recordings, delivery)
