"""A participant against a scripted server: what it says, follows, reports and survives."""

import time
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
import trio
from pycrdt import Doc, Map

from hathor_rt.headless.marks import MarkSound, samples_of
from hathor_rt.headless.offset import Offset
from hathor_rt.headless.participant import Participant, Seat
from hathor_rt.headless.recorder import Recorder
from hathor_rt.headless.refusals import TurnedAway
from hathor_rt.headless.stamps import Stamp, stamps_path
from sync.timeline import transport as timeline
from sync.timeline.plain import to_plain
from sync.timeline.transport import Cue, Transport
from sync.units import Micros, SampleCount
from sync.wire.endings import ending
from sync.wire.frames import Adjusted, Changed, Enter, Entered, Left, Open, Opened, Refused, Report, SoundCheck
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
async def taking_part(
    tmp_path: Path, *scripts: Script, offset_micros: int = 0
) -> AsyncIterator[tuple[Participant, OneSong]]:
    offset = Offset("", None)
    offset.put(offset_micros)
    source = OneSong(whole_segments=SEGMENTS)
    async with serving(*scripts) as door:
        recorder = Recorder(tmp_path / "a.wav", now, None)
        yield Participant(Seat("r1", "t0ken"), source, door, recorder, offset, now), source


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


# ── sound checks ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Recorded:
    """What a participant left, by instants of the scripted server's clock, which is exactly `AHEAD` of this machine's."""

    def __init__(self, path: Path) -> None:
        with wave.open(str(path), "rb") as file:
            self.sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T.astype(np.float64)
        self.stamps = msgspec.json.decode(stamps_path(path).read_bytes(), type=list[Stamp])
        self._began_at = self.stamps[0].local_at - self.stamps[0].file_frame * 125 / 6

    def frame_at(self, instant: int) -> int:
        return round((instant - AHEAD - self._began_at) * 6 / 125)

    def lag(self, sound: MarkSound, instant: int) -> int:
        """Frames by which a mark comes later than `instant`. It is alone, to the last bit, from 50 ms before to its end."""
        expected = np.rint(samples_of(sound) * 32768.0)
        begin = self.frame_at(instant) - 2_400
        heard = self.sound[:, begin : begin + len(expected) + 4_800]
        (loud,) = np.nonzero(heard[0])
        first = int(loud[0]) - int(np.nonzero(expected)[0][0])
        there = np.zeros_like(heard)
        there[:, first : first + len(expected)] = expected
        assert np.abs(heard - there).max() <= 1
        return first - 2_400

    def is_silent(self, begin: int, end: int) -> bool:
        return not self.sound[:, self.frame_at(begin) : self.frame_at(end)].any()

    def slack(self) -> int:
        """Frames that the certified error of the clock allows."""
        return 2 + max(stamp.clock_error for stamp in self.stamps if stamp.server_instant is not None) * 6 // 125


def room_now() -> int:
    return now() + AHEAD


def two_clicks(after: int = 300_000) -> SoundCheck:
    """From `after` from now on; over half a second behind the second click."""
    starts_at = room_now() + after
    return SoundCheck("r1", "clicks", "c9", "Ana", starts_at, beat_after(starts_at) + 1_500_000, [], 0, 0)


def beats_of(check: SoundCheck) -> range:
    return range(beat_after(check.starts_at), check.ends_at, 1_000_000)


def beat_after(instant: int) -> int:
    return -(-instant // 1_000_000) * 1_000_000


async def until(instant: int) -> None:
    await trio.sleep(max(0, instant - room_now()) / 1e6)


@pytest.mark.slow
async def test_it_clicks_at_the_rooms_seconds_instead_of_the_music_and_then_goes_on(tmp_path: Path) -> None:
    told: list[SoundCheck] = []

    async def script(talk: Conversation) -> None:
        hello = await talk.welcome()
        assert hello.checks
        await talk.next(Open)
        await talk.send(*in_room(Conductor().play()))
        await next_report(talk, lambda report: report.state == "in-step")
        check = two_clicks()
        told.append(check)
        await talk.send(check)
        # Nobody says that it is over.
        while room_now() < check.ends_at + 500_000:
            await talk.next(Report)
        await talk.send(ending("kicked"))
        await talk.until_closed()

    async with taking_part(tmp_path, script) as (participant, _):
        assert await turned_away(participant) == "kicked"
    recorded, (check,) = Recorded(tmp_path / "a.wav"), told
    for beat in beats_of(check):
        assert abs(recorded.lag("click", beat)) <= recorded.slack()
        assert recorded.is_silent(max(check.starts_at, beat - 900_000), beat - 10_000)
    assert recorded.sound[:, : recorded.frame_at(check.starts_at - 300_000)].any(), "music before"
    assert not recorded.is_silent(check.ends_at + 200_000, check.ends_at + 300_000)
    after = [stamp for stamp in recorded.stamps if stamp.file_frame > recorded.frame_at(check.ends_at)]
    assert {stamp.state for stamp in after} == {"in-step"}
    assert max(abs(stamp.playback_error) for stamp in after) < 1_000


@pytest.mark.slow
async def test_a_measurement_hears_it_in_its_slots_and_moves_it(tmp_path: Path) -> None:
    told: list[SoundCheck] = []
    needed: list[int] = []

    async def script(talk: Conversation) -> None:
        await talk.welcome()
        await talk.next(Open)
        await talk.send(*in_room(Conductor().play()))
        needed.append((await next_report(talk, lambda report: report.state == "in-step")).lead_needed)
        starts_at = room_now() + 400_000
        chirps = SoundCheck("r1", "chirps", "c9", "Ana", starts_at, starts_at + 2_000_000, ["c1", "c8"], 500_000, 2)
        told.append(chirps)
        await talk.send(chirps)
        while room_now() < starts_at + 1_500_000:
            await talk.next(Report)
        # It is stopped before its end; then the device is told that it sounds late, and the clicks show it.
        await talk.send(SoundCheck("r1", "none", "", "", 0, 0, [], 0, 0), Adjusted("r1", "c9", "Ana", 120_000))
        needed.append((await next_report(talk, lambda report: report.lead_needed > 0)).lead_needed)
        clicks = two_clicks()
        told.append(clicks)
        await talk.send(clicks)
        while room_now() < clicks.ends_at + 300_000:
            await talk.next(Report)
        await talk.send(ending("kicked"))
        await talk.until_closed()

    async with taking_part(tmp_path, script) as (participant, _):
        assert await turned_away(participant) == "kicked"
    recorded, (chirps, clicks) = Recorded(tmp_path / "a.wav"), told
    assert needed == [0, 120_000]
    assert abs(recorded.lag("rising", chirps.starts_at)) <= recorded.slack()
    assert abs(recorded.lag("rising", chirps.starts_at + 1_000_000)) <= recorded.slack()
    assert recorded.is_silent(chirps.starts_at + 300_000, chirps.starts_at + 900_000), "another device's slot"
    for beat in beats_of(clicks):
        assert abs(recorded.lag("click", beat - 120_000)) <= recorded.slack()


@pytest.mark.slow
@pytest.mark.parametrize("offset", [-700_000, 700_000], ids=["early", "late"])
async def test_what_sounds_late_is_fed_early(tmp_path: Path, offset: int) -> None:
    told: list[SoundCheck] = []

    async def script(talk: Conversation) -> None:
        await talk.welcome()
        await talk.next(Open)
        await talk.send(*in_room(Conductor().play()))
        report = await next_report(talk, lambda report: report.state == "in-step")
        assert report.lead_needed == offset
        told.append(two_clicks(1_500_000))
        await talk.send(*told)
        await next_report(talk, lambda _: room_now() > told[0].ends_at - offset + 500_000)
        await talk.send(ending("kicked"))
        await talk.until_closed()

    async with taking_part(tmp_path, script, offset_micros=offset) as (participant, _):
        assert await turned_away(participant) == "kicked"
    recorded, (check,) = Recorded(tmp_path / "a.wav"), told
    for beat in beats_of(check):
        assert abs(recorded.lag("click", beat - offset)) <= recorded.slack()
    end = check.ends_at - offset
    assert recorded.is_silent(end - 400_000, end - 10_000)
    assert not recorded.is_silent(end + 100_000, end + 300_000)


@pytest.mark.slow
async def test_a_check_outlives_a_lost_connection_and_ends_by_itself(tmp_path: Path) -> None:
    told: list[SoundCheck] = []

    async def first(talk: Conversation) -> None:
        await talk.welcome()
        await talk.next(Open)
        await talk.send(*in_room(Conductor().play()))
        await next_report(talk, lambda report: report.state == "in-step")
        told.append(two_clicks())
        await talk.send(*told)
        await next_report(talk, lambda _: room_now() > told[0].starts_at)
        await talk.send(ending("going-away", "", Micros(1_000)))

    async def second(talk: Conversation) -> None:
        """It stays away, as far as anybody can see, until the check is long over."""
        await until(told[0].ends_at + 500_000)
        await talk.welcome()
        await talk.send(ending("kicked"))

    async with taking_part(tmp_path, first, second) as (participant, _):
        assert await turned_away(participant) == "kicked"
    recorded, (check,) = Recorded(tmp_path / "a.wav"), told
    for beat in beats_of(check):
        assert abs(recorded.lag("click", beat)) <= recorded.slack()
    assert recorded.is_silent(check.ends_at - 400_000, check.ends_at - 10_000)
    assert not recorded.is_silent(check.ends_at + 200_000, check.ends_at + 300_000)


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
