"""Keeping what a scan found: the one write of the library that is large."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from sqlalchemy import Connection, and_, case, exists, select, update

from hathor_rt.ids import TrackId
from hathor_rt.storage.ports import Conflict, Track, TrackFile
from hathor_rt.storage.search import searchable, shelf_key
from hathor_rt.storage.sql.columns import columns_of
from hathor_rt.storage.sql.portions import portions
from hathor_rt.storage.sql.tables import track_files, tracks
from hathor_rt.storage.sql.upserts import upsert

_MEASURED: Final = ("frames", "loudness_lufs", "true_peak_db", "peaks_blob", "note")
_SCANNED: Final = (
    "title",
    "artist",
    "album",
    "genre",
    "year",
    "track_number",
    "disc_number",
    "length_estimate",
    "cover_blob",
    "is_available",
    "is_demo",
    "words",
    "shelf",
)


def save_scanned(connection: Connection, found: Sequence[Track], files: Sequence[TrackFile]) -> None:
    """What `TrackStore.save_scanned` promises, inside one transaction."""
    ids = _lasting_ids(connection, found)
    # The last one wins where a batch holds one recording twice.
    kept = {ids[track.track]: track for track in found}
    pointed = {file.path: file for file in files}
    robbed = _owners(connection, tuple(pointed))
    if kept:
        _keep_tracks(connection, kept)
    if pointed:
        _keep_files(connection, tuple(pointed.values()), ids)
    judge_availability(connection, kept.keys() | {ids.get(file.track, file.track) for file in pointed.values()})
    _withdraw_without_files(connection, robbed)


def _lasting_ids(connection: Connection, found: Sequence[Track]) -> dict[TrackId, TrackId]:
    """Under which id each track is kept: the one its sound has already."""
    known: dict[str, TrackId] = {}
    hash_of: dict[TrackId, str] = {}
    for some in portions(found):
        hashes = tracks.c.audio_hash.in_([track.audio_hash for track in some])
        named = tracks.c.track.in_([track.track for track in some])
        for row in connection.execute(select(tracks.c.track, tracks.c.audio_hash).where(hashes | named)):
            known[row.audio_hash] = row.track
            hash_of[row.track] = row.audio_hash
    ids: dict[TrackId, TrackId] = {}
    for track in found:
        if hash_of.get(track.track, track.audio_hash) != track.audio_hash:
            raise Conflict(f"track {track.track} is another recording")
        ids[track.track] = known.setdefault(track.audio_hash, track.track)
    return ids


def _owners(connection: Connection, paths: Sequence[str]) -> set[TrackId]:
    owners: set[TrackId] = set()
    for some in portions(paths):
        owners.update(connection.scalars(select(track_files.c.track).where(track_files.c.path.in_(some))))
    return owners


def _keep_tracks(connection: Connection, kept: Mapping[TrackId, Track]) -> None:
    insert = upsert(connection, tracks)
    is_measured = tracks.c.frames.is_not(None)
    change = insert.on_conflict_do_update(
        index_elements=["track"],
        set_={name: insert.excluded[name] for name in _SCANNED}
        | {name: case((is_measured, tracks.c[name]), else_=insert.excluded[name]) for name in _MEASURED},
    )
    rows = [
        columns_of(track) | {"track": lasting, "words": searchable(track), "shelf": shelf_key(track)}
        for lasting, track in kept.items()
    ]
    connection.execute(change, rows)


def _keep_files(connection: Connection, pointed: Sequence[TrackFile], ids: Mapping[TrackId, TrackId]) -> None:
    insert = upsert(connection, track_files)
    names = ("track", "root", "byte_count", "modified_ns", "is_present")
    change = insert.on_conflict_do_update(index_elements=["path"], set_={name: insert.excluded[name] for name in names})
    connection.execute(change, [columns_of(file) | {"track": ids.get(file.track, file.track)} for file in pointed])


def judge_availability(connection: Connection, touched: AbstractSet[TrackId]) -> None:
    """A track with files is available while one of them is there. Tracks without files stay as they are."""
    has_files = exists().where(track_files.c.track == tracks.c.track)
    is_there = exists().where(and_(track_files.c.track == tracks.c.track, track_files.c.is_present))
    for some in portions(tuple(touched)):
        # Only what changes is written: most of a rescan does not.
        wrong = and_(tracks.c.track.in_(some), has_files, tracks.c.is_available != is_there)
        connection.execute(update(tracks).where(wrong).values(is_available=is_there))


def _withdraw_without_files(connection: Connection, robbed: AbstractSet[TrackId]) -> None:
    """A track whose last file now holds another sound is gone; one with files left is judged by them."""
    has_files = exists().where(track_files.c.track == tracks.c.track)
    for some in portions(tuple(robbed)):
        connection.execute(update(tracks).where(tracks.c.track.in_(some), ~has_files).values(is_available=False))
    judge_availability(connection, robbed)
