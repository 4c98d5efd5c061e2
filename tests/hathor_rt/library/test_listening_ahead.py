from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import trio

from hathor_rt.ids import TrackId
from hathor_rt.library.listening_ahead import (
    FIRST_LOOK_SECONDS,
    LONGEST_AHEAD,
    LOOK_EVERY_SECONDS,
    ListeningAhead,
)
from hathor_rt.refusals import StorageDown
from hathor_rt.storage.memory.tracks import MemoryTracks
from hathor_rt.storage.ports import Track, TrackFile
from media.recording_facts import RecordingFacts
from sync.units import Micros
from tests.fakes.library import track
from tests.fakes.shelves import Shelves, shelves_over
from tests.fakes.workshop import FakeWorkshop

FACTS = RecordingFacts(tempo_bpm=100.0)


class Enough(Exception):
    """The task looked often enough."""


@dataclass
class Rests:
    """Takes no time, and ends the task when it has found nothing to do for the `looks`th time."""

    looks: int
    short: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        await trio.lowlevel.checkpoint()
        if seconds == LOOK_EVERY_SECONDS:
            self.looks -= 1
        elif seconds != FIRST_LOOK_SECONDS:
            self.short.append(seconds)
        if self.looks <= 0:
            raise Enough


async def listen(shelves: Shelves, upcoming: Sequence[str] = (), *, looks: int = 1, percent: int = 100) -> Rests:
    """Let the task run until it has nothing to do."""
    shelves.workshop.facts = FACTS
    rests = Rests(looks)
    ahead = ListeningAhead(
        shelves.tracks, shelves.recordings, lambda: [TrackId(each) for each in upcoming], percent=percent, rest=rests
    )
    with pytest.raises(Enough):
        await ahead.run()
    return rests


def heard(shelves: Shelves) -> list[str]:
    return [key.rpartition("-")[2] for key, _, _ in shelves.workshop.asked]


async def add(shelves: Shelves, *records: Track) -> None:
    files = []
    for record in records:
        path = shelves.music / f"{record.track}.mp3"
        path.touch()
        files.append(TrackFile(str(path), record.track, str(shelves.music), 1, 1, True))
    await shelves.tracks.save_scanned(records, files)


async def test_the_library_is_listened_to_in_order_and_once(shelves: Shelves) -> None:
    await add(shelves, *(track(f"t{number}") for number in range(5)))
    await listen(shelves, looks=3)
    assert heard(shelves) == ["one", "two", "t0", "t1", "t2", "t3", "t4"]
    assert all(count == 1 for count in shelves.workshop.attempts.values())
    kept = await shelves.tracks.get(TrackId("t3"))
    assert kept is not None
    assert kept.tempo_bpm == 100.0


async def test_what_is_about_to_be_played_comes_first(shelves: Shelves) -> None:
    await add(shelves, *(track(f"t{number}") for number in range(4)))
    await listen(shelves, ["t3", "gone", "two"])
    assert heard(shelves)[:2] == ["t3", "two"]


async def test_a_server_that_has_just_started_is_left_alone(shelves: Shelves) -> None:
    asked: list[float] = []

    async def rest(seconds: float) -> None:
        asked.append(seconds)
        raise Enough

    with pytest.raises(Enough):
        await ListeningAhead(shelves.tracks, shelves.recordings, list, percent=100, rest=rest).run()
    assert asked == [FIRST_LOOK_SECONDS]
    assert heard(shelves) == []


async def test_files_that_cannot_be_listened_to_hold_nothing_up(shelves: Shelves) -> None:
    shelves.file_of("one").unlink()
    await listen(shelves, ["one"], looks=2)
    assert heard(shelves) == ["two"]
    shelves.workshop.failure = "damaged-file"
    await add(shelves, track("bad"), track("worse"))
    await listen(shelves, looks=2)
    assert heard(shelves) == ["two", "bad", "worse"]


async def test_recordings_longer_than_an_hour_wait_until_they_are_played(shelves: Shelves) -> None:
    await add(shelves, track("mix", length_estimate=Micros(LONGEST_AHEAD + 1)))
    await listen(shelves)
    assert heard(shelves) == ["one", "two"]
    await listen(shelves, ["mix"])
    assert heard(shelves) == ["one", "two", "mix"]


async def test_new_music_is_noticed(shelves: Shelves) -> None:
    class Growing(Rests):
        async def __call__(self, seconds: float) -> None:
            if seconds == LOOK_EVERY_SECONDS and self.looks == 2:
                await add(shelves, track("new"))
            await super().__call__(seconds)

    shelves.workshop.facts = FACTS
    ahead = ListeningAhead(shelves.tracks, shelves.recordings, list, percent=100, rest=Growing(2))
    with pytest.raises(Enough):
        await ahead.run()
    assert heard(shelves) == ["one", "two", "new"]


@pytest.mark.parametrize(("percent", "share"), [(100, 0.0), (50, 1.0), (10, 9.0)])
async def test_it_takes_turns_with_doing_nothing(shelves: Shelves, percent: int, share: float) -> None:
    class Slow(FakeWorkshop):
        async def work_until(self, key: str) -> None:
            await trio.sleep(0.02)
            await FakeWorkshop.work_until(self, key)

    slow = shelves_over(shelves.tracks, shelves.results, Slow(shelves.results), shelves.music)
    rests = await listen(slow, percent=percent)
    assert len(rests.short) == 2
    assert all(rested >= 0.02 * share for rested in rests.short)
    assert any(rests.short) is (share > 0)


async def test_storage_that_is_away_is_waited_for(shelves: Shelves) -> None:
    class Away(MemoryTracks):
        is_away = True

        async def many(self, tracks: Sequence[TrackId]) -> dict[TrackId, Track]:
            if self.is_away:
                self.is_away = False
                raise StorageDown("away")
            return dict(await super().many(tracks))

    away = shelves_over(Away(), shelves.results, shelves.workshop, shelves.music)
    await add(away, track("one"), track("two"))
    await listen(away, looks=2)
    assert heard(away) == ["one", "two"]
