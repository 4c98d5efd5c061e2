"""The library in tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, or_, select, update

from hathor_rt.ids import TrackId
from hathor_rt.refusals import UnknownTrack
from hathor_rt.storage.facts_columns import listed, without_fingerprint
from hathor_rt.storage.ports import Measured, StoredFacts, Track, TrackFile
from hathor_rt.storage.sql.columns import columns_of
from hathor_rt.storage.sql.finding import hit_count, hits
from hathor_rt.storage.sql.portions import portions
from hathor_rt.storage.sql.reader import Reader
from hathor_rt.storage.sql.scanning import judge_availability, save_scanned
from hathor_rt.storage.sql.tables import recording_facts, roots, track_files, tracks
from hathor_rt.storage.sql.upserts import upsert
from hathor_rt.storage.sql.writer import Writer
from media.recording_facts import facts_from_bytes, facts_to_bytes
from sync.units import Micros, SampleCount


class SqlTracks:
    """`TrackStore` in tables."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def get(self, track: TrackId) -> Track | None:
        """See `TrackStore.get`."""
        return (await self.many([track])).get(track)

    async def many(self, tracks: Sequence[TrackId]) -> Mapping[TrackId, Track]:
        """See `TrackStore.many`."""
        wanted = tuple(dict.fromkeys(tracks))
        found = await self._reader.read(lambda connection: _many(connection, wanted))
        return {each: found[each] for each in wanted if each in found}

    async def search(self, query: str, *, limit: int, offset: int) -> Sequence[Track]:
        """See `TrackStore.search`."""

        def unit(connection: Connection) -> tuple[Track, ...]:
            return tuple(map(_track, connection.execute(hits(connection, query, limit=limit, offset=offset))))

        return await self._reader.read(unit)

    async def count(self, query: str = "") -> int:
        """See `TrackStore.count`."""
        return await self._reader.read(lambda connection: connection.execute(hit_count(connection, query)).scalar_one())

    async def by_hashes(self, hashes: Sequence[str]) -> Mapping[str, Track]:
        """See `TrackStore.by_hashes`."""
        wanted = tuple(dict.fromkeys(hashes))

        def unit(connection: Connection) -> dict[str, Track]:
            found: dict[str, Track] = {}
            for some in portions(wanted):
                rows = connection.execute(select(tracks).where(tracks.c.audio_hash.in_(some)))
                found.update((row.audio_hash, _track(row)) for row in rows)
            return found

        return await self._reader.read(unit)

    async def save_scanned(self, tracks: Sequence[Track], files: Sequence[TrackFile]) -> None:
        """See `TrackStore.save_scanned`."""
        kept_tracks, kept_files = tuple(tracks), tuple(files)
        await self._writer.write(lambda connection: save_scanned(connection, kept_tracks, kept_files))

    async def files_under(self, root: str) -> Mapping[str, TrackFile]:
        """See `TrackStore.files_under`."""
        found = select(track_files).where(track_files.c.root == root)

        def unit(connection: Connection) -> dict[str, TrackFile]:
            # Sorted here, in the worker thread: a root may hold a hundred thousand files.
            files = sorted(map(_file, connection.execute(found)), key=lambda file: file.path)
            return {file.path: file for file in files}

        return await self._reader.read(unit)

    async def files_of(self, track: TrackId) -> Sequence[TrackFile]:
        """See `TrackStore.files_of`."""
        found = select(track_files).where(track_files.c.track == track)
        files = await self._reader.read(lambda connection: list(map(_file, connection.execute(found))))
        return tuple(sorted(files, key=lambda file: (not file.is_present, file.path)))

    async def set_present(self, paths: Sequence[str], *, is_present: bool) -> None:
        """See `TrackStore.set_present`."""
        changed = tuple(paths)

        def unit(connection: Connection) -> None:
            for some in portions(changed):
                theirs = track_files.c.path.in_(some)
                connection.execute(update(track_files).where(theirs).values(is_present=is_present))
                judge_availability(connection, set(connection.scalars(select(track_files.c.track).where(theirs))))

        await self._writer.write(unit)

    async def save_measured(self, track: TrackId, measured: Measured) -> None:
        """See `TrackStore.save_measured`."""
        change = update(tracks).where(tracks.c.track == track).values(columns_of(measured))

        def unit(connection: Connection) -> None:
            if connection.execute(change).rowcount == 0:
                raise UnknownTrack(f"there is no track {track}")

        await self._writer.write(unit)

    async def save_facts(self, track: TrackId, stored: StoredFacts) -> None:
        """See `TrackStore.save_facts`."""
        change = update(tracks).where(tracks.c.track == track).values(listed(stored.facts))
        kept = {
            "facts": facts_to_bytes(without_fingerprint(stored.facts)),
            "fingerprint": stored.facts.fingerprint,
            "overview_blob": stored.overview_blob,
            "detail_blob": stored.detail_blob,
        }

        def unit(connection: Connection) -> None:
            if connection.execute(change).rowcount == 0:
                raise UnknownTrack(f"there is no track {track}")
            insert = upsert(connection, recording_facts).values(kept | {"track": track})
            connection.execute(insert.on_conflict_do_update(index_elements=["track"], set_=kept))

        await self._writer.write(unit)

    async def facts(self, track: TrackId) -> StoredFacts | None:
        """See `TrackStore.facts`."""
        found = select(recording_facts).where(recording_facts.c.track == track)
        row = await self._reader.read(lambda connection: connection.execute(found).one_or_none())
        if row is None:
            return None
        facts = msgspec.structs.replace(facts_from_bytes(row.facts), fingerprint=row.fingerprint)
        return StoredFacts(facts, row.overview_blob, row.detail_blob)

    async def fingerprints(self) -> Mapping[TrackId, bytes]:
        """See `TrackStore.fingerprints`."""
        found = (
            select(recording_facts.c.track, recording_facts.c.fingerprint)
            .join(tracks, tracks.c.track == recording_facts.c.track)
            .where(tracks.c.is_available, recording_facts.c.fingerprint.is_not(None))
        )
        return await self._reader.read(lambda connection: {row[0]: bytes(row[1]) for row in connection.execute(found)})

    async def unheard(self, version: int, *, after: int, limit: int) -> Sequence[tuple[int, Track]]:
        """See `TrackStore.unheard`."""
        is_due = or_(tracks.c.facts_version.is_(None), tracks.c.facts_version != version)
        found = (
            select(tracks)
            .where(tracks.c.is_available, tracks.c.number > after, is_due)
            .order_by(tracks.c.number)
            .limit(limit)
        )
        return await self._reader.read(
            lambda connection: tuple((row.number, _track(row)) for row in connection.execute(found))
        )

    async def roots(self) -> Sequence[str]:
        """See `TrackStore.roots`."""
        found = await self._reader.read(lambda connection: connection.scalars(select(roots.c.root)).all())
        return tuple(sorted(found))

    async def add_root(self, root: str) -> None:
        """See `TrackStore.add_root`."""

        def unit(connection: Connection) -> None:
            insert = upsert(connection, roots).values(root=root)
            connection.execute(insert.on_conflict_do_nothing(index_elements=["root"]))

        await self._writer.write(unit)


def _many(connection: Connection, wanted: Sequence[TrackId]) -> dict[TrackId, Track]:
    found: dict[TrackId, Track] = {}
    for some in portions(wanted):
        rows = connection.execute(select(tracks).where(tracks.c.track.in_(some)))
        found.update((row.track, _track(row)) for row in rows)
    return found


def _track(row: Row[Any]) -> Track:
    return Track(
        track=row.track,
        audio_hash=row.audio_hash,
        title=row.title,
        artist=row.artist,
        album=row.album,
        genre=row.genre,
        year=row.year,
        track_number=row.track_number,
        disc_number=row.disc_number,
        length_estimate=Micros(row.length_estimate),
        frames=None if row.frames is None else SampleCount(row.frames),
        loudness_lufs=row.loudness_lufs,
        true_peak_db=row.true_peak_db,
        peaks_blob=row.peaks_blob,
        cover_blob=row.cover_blob,
        is_available=row.is_available,
        is_demo=row.is_demo,
        note=row.note,
        facts_version=row.facts_version,
        tempo_bpm=row.tempo_bpm,
        tempo_confidence=row.tempo_confidence,
        musical_key=row.musical_key,
        key_confidence=row.key_confidence,
        energy_estimate=row.energy_estimate,
        mood_estimate=row.mood_estimate,
    )


def _file(row: Row[Any]) -> TrackFile:
    return TrackFile(row.path, row.track, row.root, row.byte_count, row.modified_ns, row.is_present)
