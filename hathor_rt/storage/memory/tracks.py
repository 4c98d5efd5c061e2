"""The library in memory."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import trio

from hathor_rt.ids import TrackId
from hathor_rt.refusals import UnknownTrack
from hathor_rt.storage.facts_columns import LISTED, listed
from hathor_rt.storage.ports import Conflict, Measured, StoredFacts, Track, TrackFile
from hathor_rt.storage.search import query_words, searchable, shelf_key


class MemoryTracks:
    """`TrackStore` without threads."""

    def __init__(self) -> None:
        self._tracks: dict[TrackId, Track] = {}
        self._words: dict[TrackId, str] = {}
        self._by_hash: dict[str, TrackId] = {}
        self._files: dict[str, TrackFile] = {}
        self._roots: set[str] = set()
        self._facts: dict[TrackId, StoredFacts] = {}

    async def get(self, track: TrackId) -> Track | None:
        """See `TrackStore.get`."""
        await trio.lowlevel.checkpoint()
        return self._tracks.get(track)

    async def many(self, tracks: Sequence[TrackId]) -> Mapping[TrackId, Track]:
        """See `TrackStore.many`."""
        await trio.lowlevel.checkpoint()
        return {each: self._tracks[each] for each in tracks if each in self._tracks}

    async def search(self, query: str, *, limit: int, offset: int) -> Sequence[Track]:
        """See `TrackStore.search`."""
        await trio.lowlevel.checkpoint()
        wanted = query_words(query)
        opening = " ".join(wanted)
        hits = self._hits(wanted)
        hits.sort(key=lambda track: (not self._words[track.track].startswith(opening), shelf_key(track)))
        return tuple(hits[offset : offset + limit])

    def _hits(self, wanted: Sequence[str]) -> list[Track]:
        return [track for track in self._tracks.values() if track.is_available and self._holds(track.track, wanted)]

    def _holds(self, track: TrackId, wanted: Sequence[str]) -> bool:
        words = self._words[track].split()
        return all(any(word.startswith(start) for word in words) for start in wanted)

    async def count(self, query: str = "") -> int:
        """See `TrackStore.count`."""
        await trio.lowlevel.checkpoint()
        return len(self._hits(query_words(query)))

    async def by_hashes(self, hashes: Sequence[str]) -> Mapping[str, Track]:
        """See `TrackStore.by_hashes`."""
        await trio.lowlevel.checkpoint()
        return {each: self._tracks[self._by_hash[each]] for each in hashes if each in self._by_hash}

    async def save_scanned(self, tracks: Sequence[Track], files: Sequence[TrackFile]) -> None:
        """See `TrackStore.save_scanned`."""
        await trio.lowlevel.checkpoint()
        known = dict(self._by_hash)
        ids: dict[TrackId, TrackId] = {}
        for track in tracks:
            kept = self._tracks.get(track.track)
            if kept is not None and kept.audio_hash != track.audio_hash:
                raise Conflict(f"track {track.track} is another recording")
            ids[track.track] = known.setdefault(track.audio_hash, track.track)
        pointed = [replace(file, track=ids.get(file.track, file.track)) for file in files]
        for file in pointed:
            if file.track not in self._tracks and file.track not in ids.values():
                raise Conflict(f"{file.path} points at track {file.track}, which is not kept")
        robbed = {self._files[file.path].track for file in pointed if file.path in self._files}
        for track in tracks:
            self._keep(replace(track, track=ids[track.track]))
        self._files.update((file.path, file) for file in pointed)
        self._judge_availability({*ids.values(), *(file.track for file in pointed)}, robbed)

    def _keep(self, track: Track) -> None:
        old = self._tracks.get(track.track)
        self._tracks[track.track] = track if old is None else _with_known_facts(track, old)
        self._by_hash[track.audio_hash] = track.track
        self._words[track.track] = searchable(track)

    def _judge_availability(self, touched: AbstractSet[TrackId], robbed: AbstractSet[TrackId]) -> None:
        """A track with files is there while one of them is; one that lost its last file to another track is not."""
        presence = dict.fromkeys(robbed, False)
        for file in self._files.values():
            if file.track in touched or file.track in robbed:
                presence[file.track] = presence.get(file.track, False) or file.is_present
        for track, is_present in presence.items():
            self._tracks[track] = replace(self._tracks[track], is_available=is_present)

    async def files_under(self, root: str) -> Mapping[str, TrackFile]:
        """See `TrackStore.files_under`."""
        await trio.lowlevel.checkpoint()
        return {path: self._files[path] for path in sorted(self._files) if self._files[path].root == root}

    async def files_of(self, track: TrackId) -> Sequence[TrackFile]:
        """See `TrackStore.files_of`."""
        await trio.lowlevel.checkpoint()
        found = [file for file in self._files.values() if file.track == track]
        return tuple(sorted(found, key=lambda file: (not file.is_present, file.path)))

    async def set_present(self, paths: Sequence[str], *, is_present: bool) -> None:
        """See `TrackStore.set_present`."""
        await trio.lowlevel.checkpoint()
        touched: set[TrackId] = set()
        for path in paths:
            if path in self._files:
                self._files[path] = replace(self._files[path], is_present=is_present)
                touched.add(self._files[path].track)
        self._judge_availability(touched, set())

    async def save_measured(self, track: TrackId, measured: Measured) -> None:
        """See `TrackStore.save_measured`."""
        await trio.lowlevel.checkpoint()
        if track not in self._tracks:
            raise UnknownTrack(f"there is no track {track}")
        self._tracks[track] = replace(
            self._tracks[track],
            frames=measured.frames,
            loudness_lufs=measured.loudness_lufs,
            true_peak_db=measured.true_peak_db,
            peaks_blob=measured.peaks_blob,
            note=measured.note,
        )

    async def save_facts(self, track: TrackId, stored: StoredFacts) -> None:
        """See `TrackStore.save_facts`."""
        await trio.lowlevel.checkpoint()
        if track not in self._tracks:
            raise UnknownTrack(f"there is no track {track}")
        self._tracks[track] = replace(self._tracks[track], **listed(stored.facts))
        self._facts[track] = stored

    async def facts(self, track: TrackId) -> StoredFacts | None:
        """See `TrackStore.facts`."""
        await trio.lowlevel.checkpoint()
        return self._facts.get(track)

    async def fingerprints(self) -> Mapping[TrackId, bytes]:
        """See `TrackStore.fingerprints`."""
        await trio.lowlevel.checkpoint()
        return {
            track: stored.facts.fingerprint
            for track, stored in self._facts.items()
            if stored.facts.fingerprint is not None and self._tracks[track].is_available
        }

    async def unheard(self, version: int, *, after: int, limit: int) -> Sequence[tuple[int, Track]]:
        """See `TrackStore.unheard`."""
        await trio.lowlevel.checkpoint()
        numbered = enumerate(self._tracks.values(), 1)
        due = [pair for pair in numbered if pair[1].is_available and pair[1].facts_version != version]
        return tuple(pair for pair in due if pair[0] > after)[:limit]

    async def roots(self) -> Sequence[str]:
        """See `TrackStore.roots`."""
        await trio.lowlevel.checkpoint()
        return tuple(sorted(self._roots))

    async def add_root(self, root: str) -> None:
        """See `TrackStore.add_root`."""
        await trio.lowlevel.checkpoint()
        self._roots.add(root)


def _with_known_facts(track: Track, old: Track) -> Track:
    track = replace(track, **{name: getattr(old, name) for name in LISTED})
    if old.frames is None:
        return track
    return replace(
        track,
        frames=old.frames,
        loudness_lufs=old.loudness_lufs,
        true_peak_db=old.true_peak_db,
        peaks_blob=old.peaks_blob,
        note=old.note,
    )
