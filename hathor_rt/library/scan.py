"""Bring a music folder into the library by its tags alone, so that everything is findable and playable at once.

Files are only ever read and never copied. A scan may be stopped at any time and goes on where it was: files whose size and
time did not change are not opened again. What is gone is marked, nothing is ever deleted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import trio

from hathor_rt.ids import TrackId, random_id
from hathor_rt.library.folders import FoundFile, walk
from hathor_rt.storage.ports import Track, TrackFile, TrackStore
from media.tag_messages import SAME_COVER, Reading, Tags, Unreadable
from media.tag_readers import read_all
from sync.units import Micros

# One commit per this many files: a killed scan repeats at most these.
FILES_PER_COMMIT: Final = 400


class CoverStore(Protocol):
    """Where pictures are kept."""

    async def put(self, data: bytes) -> str:
        """Keep `data`; returns its content hash."""
        ...


@dataclass(slots=True)
class ScanReport:
    """What a scan did. `refused` names each file that could not be taken, with the reason in one line."""

    files: int = 0
    unchanged: int = 0
    read: int = 0
    missing: int = 0
    is_root_missing: bool = False
    refused: list[tuple[str, str]] = field(default_factory=list)


class Scanner:
    """Scans folders into a track store.

    Args:
        tracks: Where tracks are kept.
        covers: Where pictures are kept.
        processes: Tag reading processes side by side.
        new_id: Source of track ids.
    """

    def __init__(
        self,
        tracks: TrackStore,
        covers: CoverStore,
        *,
        processes: int = 2,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        self._tracks = tracks
        self._covers = covers
        self._processes = processes
        self._new_id = new_id
        self._last_cover: tuple[str, str] = ("", "")

    async def scan(
        self, root: Path, *, is_demo: bool = False, on_progress: Callable[[int, int], None] = lambda done, total: None
    ) -> ScanReport:
        """Look through `root` (a folder or one file) and bring the library up to date with it.

        A root that is not there, or that is empty although it held music, counts as unmounted: its tracks become unavailable.

        Args:
            root: Absolute path.
            is_demo: The tracks belong to the demo library.
            on_progress: Told (files read, files to read) now and then.
        """
        report = ScanReport()
        await self._tracks.add_root(str(root))
        known = await self._tracks.files_under(str(root))
        found = await trio.to_thread.run_sync(walk, root)
        report.files = len(found.files)
        report.refused.extend(found.refused)
        report.is_root_missing = not await trio.Path(root).exists() or (not found.files and bool(known))
        present = {file.path for file in found.files}
        await self._mark_missing(known.values(), present, report)
        wanted = [file for file in found.files if not _is_unchanged(file, known.get(file.path))]
        report.unchanged = report.files - len(wanted)
        back = [file.path for file in found.files if file.path in known and not known[file.path].is_present]
        await self._tracks.set_present([path for path in back if path not in {w.path for w in wanted}], is_present=True)
        await self._read(root, wanted, is_demo, on_progress, report)
        return report

    async def _mark_missing(self, known: Iterable[TrackFile], present: set[str], report: ScanReport) -> None:
        gone = [file.path for file in known if file.is_present and file.path not in present]
        if gone:
            await self._tracks.set_present(gone, is_present=False)
        report.missing = len(gone)

    async def _read(
        self,
        root: Path,
        wanted: Sequence[FoundFile],
        is_demo: bool,  # private
        on_progress: Callable[[int, int], None],
        report: ScanReport,
    ) -> None:
        by_path = {file.path: file for file in wanted}
        batch: list[tuple[Tags, str | None]] = []
        async with read_all(list(by_path), processes=min(self._processes, max(1, len(wanted)))) as readings:
            done = 0
            async for reading in readings:
                done += 1
                await self._take(reading, batch, report)
                if len(batch) >= FILES_PER_COMMIT:
                    await self._save(root, batch, by_path, is_demo)
                    batch.clear()
                on_progress(done, len(wanted))
        if batch:
            await self._save(root, batch, by_path, is_demo)

    async def _take(self, reading: Reading, batch: list[tuple[Tags, str | None]], report: ScanReport) -> None:
        match reading:
            case Tags():
                report.read += 1
                batch.append((reading, await self._cover(reading)))
            case Unreadable(path=path, reason=reason):
                report.refused.append((path, reason))

    async def _cover(self, tags: Tags) -> str | None:
        folder = str(Path(tags.path).parent)
        if not tags.cover:
            return None
        if tags.cover != SAME_COVER:
            self._last_cover = (folder, await self._covers.put(tags.cover))
        elif self._last_cover[0] != folder:
            return None
        return self._last_cover[1]

    async def _save(
        self,
        root: Path,
        batch: Sequence[tuple[Tags, str | None]],
        by_path: dict[str, FoundFile],
        is_demo: bool,  # private
    ) -> None:
        known = await self._tracks.by_hashes([tags.audio_hash for tags, _ in batch])
        tracks: dict[str, Track] = {}
        files = []
        for tags, cover in batch:
            former = tracks.get(tags.audio_hash) or known.get(tags.audio_hash)
            track = _track(tags, cover, former, TrackId(self._new_id()), is_demo=is_demo)
            tracks[tags.audio_hash] = track
            file = by_path[tags.path]
            files.append(TrackFile(tags.path, track.track, str(root), file.byte_count, file.modified_ns, True))
        await self._tracks.save_scanned(list(tracks.values()), files)


def _is_unchanged(file: FoundFile, known: TrackFile | None) -> bool:
    return known is not None and (known.byte_count, known.modified_ns) == (file.byte_count, file.modified_ns)


def _track(tags: Tags, cover: str | None, former: Track | None, fresh: TrackId, *, is_demo: bool) -> Track:
    return Track(
        track=fresh if former is None else former.track,
        audio_hash=tags.audio_hash,
        title=tags.title,
        artist=tags.artist,
        album=tags.album,
        genre=tags.genre,
        year=tags.year,
        track_number=tags.track_number,
        disc_number=tags.disc_number,
        length_estimate=Micros(tags.length_micros),
        cover_blob=cover or (former.cover_blob if former is not None else None),
        is_demo=is_demo or (former is not None and former.is_demo),
    )
