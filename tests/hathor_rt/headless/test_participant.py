"""A participant against a scripted server: what it says, follows, reports and survives."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from pycrdt import Doc, Map

from hathor_rt.headless.participant import Participant, Seat
from hathor_rt.headless.recorder import Recorder
from hathor_rt.headless.refusals import TurnedAway
from sync.timeline import transport as timeline
from sync.timeline.plain import to_plain
from sync.timeline.transport import Cue, Transport
from sync.units import Micros, SampleCount
from sync.wire.endings import ending
from sync.wire.frames import Changed, Enter, Entered, Left, Open, Opened, Refused, Report
from tests.hathor_rt.headless.one_song import OneSong
from tests.hathor_rt.headless.scripted_server import AHEAD, Conversation, Script, serving

# 24 s: longer than a busy machine takes for any of these.
SEGMENTS = 6
SONG = Cue("e1", "t1", "a", SampleCount(OneSong(SEGMENTS).frames))
DOCUMENT = "playback:r1"


def now() -> Micros:
    return Micros(time.monotonic_ns() // 1000)


class Conductor:
    """Writes the playback document."""

    def __init__(self) -> None:
        self._doc: Doc[Map[object]] = Doc(client_id=1)
        self._root: Map[object] = self._doc.get("playback", type=Map)

    def write(self, record: object) -> bytes:
        before = self._doc.get_state()
        self._root["transport"] = record
        return self._doc.get_update(before)

    def play(self, epoch: str = "p") -> bytes:
        return self.write(to_plain(self.playing(epoch)))

    @staticmethod
    def playing(epoch: str) -> Transport:
        return timeline.play(timeline.empty(epoch), SONG, Micros(0), Micros(now() + AHEAD))


def in_room(first_update: bytes) -> tuple[Entered, Opened]:
    return Entered("r1", "Friday", "guest", []), Opened(DOCUMENT, 7, first_update, b"\0")


@asynccontextmanager
async def taking_part(tmp_path: Path, *scripts: Script) -> AsyncIterator[tuple[Participant, OneSong]]:
    source = OneSong(whole_segments=SEGMENTS)
    async with serving(*scripts) as door:
        recorder = Recorder(tmp_path / "a.wav", now, None)
        yield Participant(Seat("r1", "t0ken"), source, door, recorder, now), source


async def turned_away(participant: Participant) -> str:
    with trio.fail_after(20), pytest.raises(BaseExceptionGroup) as told:
        await participant.run()
    found, others = told.value.split(TurnedAway)
    if found is None or others is not None:
        raise told.value
    (refusal,) = found.exceptions
    assert isinstance(refusal, TurnedAway)
    return refusal.code


async def next_report(talk: Conversation, holds: Callable[[Report], bool]) -> Report:
    while True:
        report = await talk.next(Report)
        if holds(report):
            return report


@pytest.mark.slow
async def test_it_takes_a_seat_with_sound_follows_and_reports(tmp_path: Path) -> None:
    async def script(talk: Conversation) -> None:
        await talk.welcome()
        assert await talk.next(Enter) == Enter("r1", "t0ken", True)
        opened = await talk.next(Open)
        assert (opened.document, opened.client_id) == (DOCUMENT, 0)
        await talk.send(*in_room(Conductor().play()))
        report = await next_report(talk, lambda report: report.state == "in-step")
        assert report.first_segment
        assert report.entry == "e1"
        assert abs(report.playback_error) < 1_000
        assert 0 < report.round_trip < 1_000_000
        await talk.send(Left("r1", "kicked", "the host asked you to leave"))
        await talk.until_closed()

    async with taking_part(tmp_path, script) as (participant, _):
        assert await turned_away(participant) == "kicked"


@pytest.mark.slow
async def test_what_plays_goes_on_while_the_server_is_another(tmp_path: Path) -> None:
    """A new timebase, and for a while neither its clock nor its record: the old line holds."""
    heard: list[str] = []
    conductor = Conductor()

    async def first(talk: Conversation) -> None:
        await talk.welcome("p")
        await talk.next(Open)
        await talk.send(*in_room(conductor.play()))
        await next_report(talk, lambda report: report.state == "in-step")
        await talk.send(ending("going-away", "", Micros(1_000)))

    async def second(talk: Conversation) -> None:
        await talk.welcome("q")
        opened = await talk.next(Open)
        assert opened.client_id == 7
        assert len(opened.state_vector) > 1, "it knows the document already"
        await talk.send(Entered("r1", "Friday", "guest", []))
        heard.append((await talk.next(Report)).state)
        await trio.sleep(0.3)
        heard.append((await talk.next(Report)).state)
        await talk.send(ending("kicked"))

    async with taking_part(tmp_path, first, second) as (participant, _):
        assert await turned_away(participant) == "kicked"
    assert heard == ["in-step", "in-step"]


@pytest.mark.slow
async def test_a_record_that_is_not_understood_changes_nothing(tmp_path: Path) -> None:
    conductor = Conductor()

    async def script(talk: Conversation) -> None:
        await talk.welcome()
        await talk.next(Open)
        await talk.send(*in_room(conductor.play()))
        await next_report(talk, lambda report: report.state == "in-step")
        await talk.send(Changed(DOCUMENT, conductor.write({"status": "dancing"})))
        assert (await talk.next(Report)).state == "in-step"
        await talk.send(ending("kicked"))

    async with taking_part(tmp_path, script) as (participant, _):
        assert await turned_away(participant) == "kicked"


async def test_a_room_that_is_not_for_us_is_final(tmp_path: Path) -> None:
    async def script(talk: Conversation) -> None:
        await talk.welcome()
        await talk.send(Refused("enter", "r1", 0, "invite-expired", "the link was replaced"))
        await talk.until_closed()

    async with taking_part(tmp_path, script) as (participant, source):
        assert await turned_away(participant) == "invite-expired"
        assert source.asked == []


@pytest.mark.slow
async def test_a_room_that_cannot_be_entered_now_is_tried_again(tmp_path: Path) -> None:
    async def first(talk: Conversation) -> None:
        await talk.welcome()
        await talk.send(Refused("enter", "r1", 0, "fenced", "another node has it"))
        await talk.until_closed()

    async def second(talk: Conversation) -> None:
        await talk.welcome()
        await talk.send(ending("kicked"))

    async with taking_part(tmp_path, first, second) as (participant, _):
        assert await turned_away(participant) == "kicked"


async def test_what_it_knew_before_a_backup_was_put_back_is_dropped(tmp_path: Path) -> None:
    asked: list[Open] = []

    def of_generation(generation: int, *, is_last: bool) -> Script:
        async def script(talk: Conversation) -> None:
            await talk.welcome(generation=generation)
            asked.append(await talk.next(Open))
            await talk.send(*in_room(Conductor().play()))
            last = ending("kicked") if is_last else ending("going-away", "", Micros(1))
            await talk.send(last)

        return script

    scripts = [of_generation(generation, is_last=index == 3) for index, generation in enumerate((0, 0, 7, 7))]
    async with taking_part(tmp_path, *scripts) as (participant, _):
        await turned_away(participant)
    assert [each.client_id for each in asked] == [0, 7, 0, 7]
    assert [len(each.state_vector) > 1 for each in asked] == [False, True, False, True]
