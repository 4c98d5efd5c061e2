"""A small library of tracks with files, its services standing on fakes."""

from dataclasses import dataclass, replace
from pathlib import Path

from hathor_rt.ids import TrackId
from hathor_rt.library.catalogue import Catalogue
from hathor_rt.library.delivery import SegmentDelivery
from hathor_rt.library.prefetch import Prefetch
from hathor_rt.library.recordings import LibraryRecordings
from hathor_rt.library.sound_files import SoundFiles
from hathor_rt.library.sources import Sources
from hathor_rt.library.stem_sets import StemSets
from hathor_rt.storage.memory.tracks import MemoryTracks
from hathor_rt.storage.ports import TrackFile
from media.unfinished_stems import FOLDER
from tests.fakes.library import track
from tests.fakes.workshop import FakeResults, FakeWorkshop

WAIT_SECONDS = 20.0


@dataclass(slots=True)
class Shelves:
    """Tracks ``one`` and ``two`` (hashes ``hash-one``, ``hash-two``), with files that exist; a model called ``mine``."""

    tracks: MemoryTracks
    results: FakeResults
    workshop: FakeWorkshop
    prefetch: Prefetch
    recordings: LibraryRecordings
    delivery: SegmentDelivery
    catalogue: Catalogue
    stems: StemSets
    music: Path

    def file_of(self, name: str) -> Path:
        return self.music / f"{name}.mp3"

    def restarted(self) -> "Shelves":
        """The services of the next process over the same storage."""
        return shelves_over(self.tracks, self.results, self.workshop, self.music)


def shelves_over(tracks: MemoryTracks, results: FakeResults, workshop: FakeWorkshop, music: Path) -> Shelves:
    sources = Sources(tracks)
    stems = StemSets(
        sources, workshop, results, model="mine", models=music.parent / "models", unfinished=music.parent / FOLDER
    )
    prefetch = Prefetch(workshop, SoundFiles(sources, stems))
    recordings = LibraryRecordings(tracks, workshop, results, prefetch)
    delivery = SegmentDelivery(
        tracks, recordings, prefetch, workshop, results, stems, key=b"k" * 32, wait_seconds=WAIT_SECONDS
    )
    catalogue = Catalogue(tracks, recordings, workshop, results, results)
    return Shelves(tracks, results, workshop, prefetch, recordings, delivery, catalogue, stems, music)


async def open_shelves(folder: Path) -> Shelves:
    """The library, with its files below `folder`."""
    kept, music, models = folder / "kept", folder / "music", folder / "models"
    for each in (kept, music, models):
        each.mkdir()
    (models / "mine.safetensors").write_bytes(b"weights")
    tracks, results = MemoryTracks(), FakeResults(kept)
    files = []
    for name in ("one", "two"):
        (music / f"{name}.mp3").touch()
        files.append(TrackFile(str(music / f"{name}.mp3"), TrackId(name), str(music), 1, 1, True))
    await tracks.save_scanned([replace(track(name)) for name in ("one", "two")], files)
    return shelves_over(tracks, results, FakeWorkshop(results), music)
