"""What every library store promises."""

from dataclasses import replace

import pytest

from hathor_rt.ids import TrackId
from hathor_rt.refusals import UnknownTrack
from hathor_rt.storage.ports import Conflict, Measured, Storage, StoredFacts
from media.recording_facts import RecordingFacts
from sync.units import SampleCount
from tests.conformance.records import file, track

FACTS = RecordingFacts(
    tempo_bpm=120.25,
    tempo_confidence=0.75,
    beats=[12_000, 36_000, 2_073_599_999],
    key="F# minor",
    key_confidence=0.5,
    energy_estimate=0.625,
    mood_estimate="intense",
    fingerprint=bytes(range(256)),
)
MEASURED = Measured(SampleCount(8_640_000), -9.75, -0.5, "peaks", "truncated")


async def _found(storage: Storage, query: str, *, limit: int = 100, offset: int = 0) -> list[str]:
    found: list[str] = [each.track for each in await storage.tracks.search(query, limit=limit, offset=offset)]
    if offset == 0 and len(found) < limit:
        assert await storage.tracks.count(query) == len(found)
    return found


class ScanSuite:
    """Keeping what a scan found."""

    async def test_a_track_comes_back_as_it_was(self, storage: Storage) -> None:
        sent = track("a", title="Für Élise", year=None, cover_blob="cover", is_demo=True, note="odd", disc_number=2)
        await storage.tracks.save_scanned([sent], [file("/music/a.flac", "a")])
        assert await storage.tracks.get(TrackId("a")) == sent
        assert dict(await storage.tracks.by_hashes(["hash-a", "hash-b"])) == {"hash-a": sent}
        assert await storage.tracks.get(TrackId("b")) is None

    async def test_many_gives_those_that_exist(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a"), track("b")], [])
        asked = [TrackId(f"none{number}") for number in range(1_000)]
        assert dict(await storage.tracks.many([TrackId("b"), *asked, TrackId("a")])) == {
            "b": track("b"),
            "a": track("a"),
        }

    async def test_new_tags_replace_old_ones_and_facts_stay(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a", note="scan")], [file("/music/a.flac", "a")])
        await storage.tracks.save_measured(TrackId("a"), MEASURED)
        await storage.tracks.save_scanned([track("a", title="Better", genre="")], [file("/music/a.flac", "a")])
        assert await storage.tracks.get(TrackId("a")) == track(
            "a",
            title="Better",
            genre="",
            frames=MEASURED.frames,
            loudness_lufs=-9.75,
            true_peak_db=-0.5,
            peaks_blob="peaks",
            note="truncated",
        )
        assert await _found(storage, "better") == ["a"]
        assert await _found(storage, "title") == []

    async def test_one_sound_keeps_its_first_id(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a")], [file("/music/a.flac", "a")])
        copy = track("b", audio_hash="hash-a", title="Copy")
        await storage.tracks.save_scanned([copy], [file("/music/b.flac", "b")])
        assert await storage.tracks.get(TrackId("b")) is None
        assert [each.path for each in await storage.tracks.files_of(TrackId("a"))] == ["/music/a.flac", "/music/b.flac"]
        assert (await storage.tracks.by_hashes(["hash-a"]))["hash-a"] == replace(copy, track=TrackId("a"))

    async def test_copies_in_one_batch_are_one_track(self, storage: Storage) -> None:
        batch = [track("a"), track("b", audio_hash="hash-a")]
        await storage.tracks.save_scanned(batch, [file("/1", "a"), file("/2", "b")])
        assert await storage.tracks.count() == 1
        assert len(await storage.tracks.files_of(TrackId("a"))) == 2

    async def test_an_id_never_changes_its_sound(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a")], [])
        with pytest.raises(Conflict):
            await storage.tracks.save_scanned([track("b"), track("a", audio_hash="other")], [])
        assert await storage.tracks.get(TrackId("b")) is None

    async def test_a_file_of_no_track_changes_nothing(self, storage: Storage) -> None:
        with pytest.raises(Conflict):
            await storage.tracks.save_scanned([track("a")], [file("/1", "a"), file("/2", "nothing")])
        assert await storage.tracks.get(TrackId("a")) is None

    async def test_measurements_of_no_track_are_refused(self, storage: Storage) -> None:
        with pytest.raises(UnknownTrack):
            await storage.tracks.save_measured(TrackId("a"), MEASURED)


class FactsSuite:
    """What listening told."""

    async def test_facts_come_back_as_they_were(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a"), track("b")], [])
        assert await storage.tracks.facts(TrackId("a")) is None
        await storage.tracks.save_facts(TrackId("a"), StoredFacts(FACTS, "overview", "detail"))
        assert await storage.tracks.facts(TrackId("a")) == StoredFacts(FACTS, "overview", "detail")
        assert await storage.tracks.get(TrackId("b")) == track("b")

    async def test_a_listing_shows_the_important_ones(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a")], [])
        await storage.tracks.save_facts(TrackId("a"), StoredFacts(FACTS, "overview", "detail"))
        (found,) = await storage.tracks.search("", limit=10, offset=0)
        assert found == track(
            "a",
            facts_version=FACTS.version,
            tempo_bpm=120.25,
            tempo_confidence=0.75,
            musical_key="F# minor",
            key_confidence=0.5,
            energy_estimate=0.625,
            mood_estimate="intense",
        )

    async def test_facts_of_what_has_none_are_nothing(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a")], [])
        await storage.tracks.save_facts(TrackId("a"), StoredFacts(RecordingFacts(), "", ""))
        found = await storage.tracks.get(TrackId("a"))
        assert found is not None
        assert (found.facts_version, found.tempo_bpm, found.musical_key) == (FACTS.version, None, None)
        assert found.mood_estimate is None

    async def test_newer_facts_replace_older_ones(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a")], [])
        await storage.tracks.save_facts(TrackId("a"), StoredFacts(FACTS, "overview", "detail"))
        newer = StoredFacts(RecordingFacts(tempo_bpm=60.0, version=9), "other", "another")
        await storage.tracks.save_facts(TrackId("a"), newer)
        assert await storage.tracks.facts(TrackId("a")) == newer
        assert await storage.tracks.fingerprints() == {}

    async def test_a_scan_leaves_facts_alone(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a")], [file("/music/a.flac", "a")])
        await storage.tracks.save_facts(TrackId("a"), StoredFacts(FACTS, "overview", "detail"))
        await storage.tracks.save_scanned([track("a", title="Better")], [file("/music/a.flac", "a")])
        found = await storage.tracks.get(TrackId("a"))
        assert found is not None
        assert (found.title, found.tempo_bpm, found.facts_version) == ("Better", 120.25, FACTS.version)

    async def test_fingerprints_are_those_of_available_tracks(self, storage: Storage) -> None:
        names = ("a", "b", "c")
        await storage.tracks.save_scanned([track(name) for name in names], [file(f"/{name}", name) for name in names])
        for name in names[:2]:
            await storage.tracks.save_facts(TrackId(name), StoredFacts(FACTS, "", ""))
        await storage.tracks.set_present(["/b"], is_present=False)
        assert await storage.tracks.fingerprints() == {"a": FACTS.fingerprint}

    async def test_what_was_not_heard_yet_is_told_in_order(self, storage: Storage) -> None:
        names = [f"t{number}" for number in range(5)]
        for name in names:
            await storage.tracks.save_scanned([track(name)], [file(f"/{name}", name)])
        await storage.tracks.save_facts(TrackId("t1"), StoredFacts(FACTS, "", ""))
        older = StoredFacts(RecordingFacts(version=0), "", "")
        await storage.tracks.save_facts(TrackId("t2"), older)
        await storage.tracks.set_present(["/t3"], is_present=False)
        first = await storage.tracks.unheard(FACTS.version, after=0, limit=2)
        assert [each.track for _, each in first] == ["t0", "t2"]
        rest = await storage.tracks.unheard(FACTS.version, after=first[-1][0], limit=2)
        assert [each.track for _, each in rest] == ["t4"]
        assert list(await storage.tracks.unheard(FACTS.version, after=rest[-1][0], limit=2)) == []

    async def test_facts_of_no_track_are_refused(self, storage: Storage) -> None:
        with pytest.raises(UnknownTrack):
            await storage.tracks.save_facts(TrackId("a"), StoredFacts(FACTS, "", ""))


class FileSuite:
    """Where the sound lies."""

    async def test_files_are_found_by_root(self, storage: Storage) -> None:
        files = [file("/music/b", "a"), file("/music/a", "a", is_present=False), file("/more/a", "a", root="/more")]
        await storage.tracks.save_scanned([track("a")], files)
        assert dict(await storage.tracks.files_under("/music")) == {"/music/a": files[1], "/music/b": files[0]}
        assert dict(await storage.tracks.files_under("/none")) == {}
        assert list(await storage.tracks.files_of(TrackId("a"))) == [files[2], files[0], files[1]]

    async def test_a_name_that_is_no_utf8_is_kept(self, storage: Storage) -> None:
        odd = file("/music/caf\udce9.flac", "a", root="/music/\udcff")
        await storage.tracks.save_scanned([track("a")], [odd])
        await storage.tracks.add_root(odd.root)
        assert list(await storage.tracks.files_of(TrackId("a"))) == [odd]
        assert list(await storage.tracks.roots()) == [odd.root]

    async def test_a_track_is_available_while_one_file_is(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a")], [file("/1", "a"), file("/2", "a")])
        await storage.tracks.set_present(["/1", "/unknown"], is_present=False)
        assert await _found(storage, "title") == ["a"]
        await storage.tracks.set_present(["/2"], is_present=False)
        assert await _found(storage, "title") == []
        assert await storage.tracks.count() == 0
        missing = await storage.tracks.get(TrackId("a"))
        assert missing is not None
        assert not missing.is_available
        await storage.tracks.set_present(["/1"], is_present=True)
        assert await _found(storage, "title") == ["a"]

    async def test_a_missing_file_found_again_brings_its_track_back(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a")], [file("/1", "a", is_present=False)])
        assert await storage.tracks.count() == 0
        await storage.tracks.save_scanned([track("a")], [file("/2", "a")])
        assert await storage.tracks.count() == 1

    async def test_a_path_with_new_sound_leaves_its_former_track(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a"), track("c")], [file("/1", "a"), file("/2", "c"), file("/3", "c")])
        await storage.tracks.save_scanned([track("b")], [file("/1", "b"), file("/2", "b")])
        assert await _found(storage, "title") == ["b", "c"]
        assert list(await storage.tracks.files_of(TrackId("a"))) == []

    async def test_a_track_without_files_is_as_available_as_told(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a"), track("b", is_available=False)], [])
        assert await _found(storage, "") == ["a"]

    async def test_roots_are_sorted_and_kept_once(self, storage: Storage) -> None:
        for root in ("/music", "/audio", "/music"):
            await storage.tracks.add_root(root)
        assert list(await storage.tracks.roots()) == ["/audio", "/music"]


class SearchSuite:
    """Finding."""

    async def test_every_word_begins_some_word_of_the_tags(self, storage: Storage) -> None:
        await storage.tracks.save_scanned(
            [
                track("a", title="Así Habló", artist="Sigur Rós", album="()", genre="Post-Rock"),
                track("b", title="Don't Stop Me Now", artist="Queen", album="Jazz", genre="Rock"),
                track("c", title="Thunderstruck", artist="AC/DC", album="The Razors Edge", genre="Hard Rock"),
                track("d", title="Straße", artist="Røyksopp", album="ABC", genre="Électro"),
            ],
            [],
        )
        for query, found in {
            "rock": ["c", "b", "a"],
            "ROCK que": ["b"],
            "rós": ["a"],
            "ros asi": ["a"],
            "ock": [],
            "dont stop": ["b"],
            "don’t": ["b"],
            "acdc": ["c"],
            "ac/dc": ["c"],
            "royksopp": ["d"],
            "strasse": ["d"],
            "elec": ["d"],
            "queen nothing": [],
            '"': ["c", "b", "d", "a"],
            'que" OR "a': [],
            "NOT queen": [],
            "razors thunder hard": ["c"],
        }.items():
            assert await _found(storage, query) == found, query

    async def test_tracks_that_begin_with_the_query_come_first(self, storage: Storage) -> None:
        await storage.tracks.save_scanned(
            [track("a", title="Something", artist="Help Band"), track("b", title="Help!", artist="The Beatles")], []
        )
        assert await _found(storage, "help") == ["b", "a"]

    async def test_the_shelf_is_by_artist_album_disc_number_and_title(self, storage: Storage) -> None:
        shelf = [
            track("z", artist="ABBA", album="Arrival", track_number=2),
            track("y", artist="abba", album="Arrival", track_number=10),
            track("x", artist="Abba", album="Arrival", disc_number=None, track_number=None, title="Bonus"),
            track("w", artist="ABBA", album="Voulez-Vous", disc_number=1, track_number=9),
            track("v", artist="ABBA", album="Voulez-Vous", disc_number=2, track_number=1),
            track("u", artist="ABBA Gold", album="A"),
            track("t", artist="Ärzte", album="A"),
            track("s", artist="Zappa", album="A", title="A"),
            track("r", artist="Zappa", album="A", title="B"),
        ]
        await storage.tracks.save_scanned(list(reversed(shelf)), [])
        assert await _found(storage, "") == [each.track for each in shelf]

    async def test_pages_follow_each_other(self, storage: Storage) -> None:
        names = [f"t{number:02}" for number in range(10)]
        await storage.tracks.save_scanned([track(name) for name in names], [])
        for query in ("", "title"):
            pages = [await _found(storage, query, limit=4, offset=offset) for offset in (0, 4, 8, 12)]
            assert pages == [names[:4], names[4:8], names[8:], []]
            assert await storage.tracks.count(query) == 10

    async def test_letters_of_every_script_are_found(self, storage: Storage) -> None:
        await storage.tracks.save_scanned(
            [
                track("a", title="Подмосковные вечера"),
                track("b", title="上を向いて歩こう"),
                track("c", title="हिन्दी गाना"),
                track("d", title="２００１ Ⅳ"),
            ],
            [],
        )
        for query, found in {"ПОДМОСК": ["a"], "上を": ["b"], "हिन्दी": ["c"], "2001": ["d"], "iv": ["d"]}.items():
            assert await _found(storage, query) == found, query

    async def test_a_nonsense_query_finds_nothing_and_breaks_nothing(self, storage: Storage) -> None:
        await storage.tracks.save_scanned([track("a")], [])
        for query in ("x" * 10_000, "\x00title\x00", "'; DROP TABLE tracks; --", "a* ^b {c}: -d", "\udce9"):
            assert await _found(storage, query) in ([], ["a"])
        assert await _found(storage, "title") == ["a"]


class TrackSuite(ScanSuite, FactsSuite, FileSuite, SearchSuite):
    """All of it."""
