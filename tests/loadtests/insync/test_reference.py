import json
from pathlib import Path
from typing import Any

import pytest
import trio

from loadtests.insync.reference import Room, application


def entered(room: Room, member: int) -> trio.MemoryReceiveChannel[str]:
    sender, receiver = trio.open_memory_channel[str](10)
    room.members[member] = sender
    return receiver


def told(receiver: trio.MemoryReceiveChannel[str]) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(receiver.receive_nowait())
    return message


def test_a_probe_is_answered_with_both_instants_and_what_it_carried() -> None:
    answer = Room().answered(1, {"kind": "probe", "name": "1a", "sent": 5.0}, arrived=100.0)
    assert answer is not None
    assert (answer["kind"], answer["name"], answer["sent"], answer["arrived"]) == ("answer", "1a", 5.0, 100.0)
    assert isinstance(answer["left"], float)


@pytest.mark.parametrize(("trip", "lead"), [(0, 400), (100, 400), (400, 800), (5_000, 3_000)])
def test_the_lead_follows_the_slowest_within_its_limits(trip: float, lead: float) -> None:
    room = Room()
    room.answered(1, {"kind": "trip", "trip": 1.0}, 0)
    room.answered(2, {"kind": "trip", "trip": trip}, 0)
    assert room.lead_ms == lead


def test_all_are_told_to_play_and_to_pause_at_one_instant() -> None:
    room = Room()
    members = [entered(room, number) for number in (1, 2)]
    assert room.answered(1, {"kind": "play"}, arrived=1_000.0) is None
    assert [told(each) for each in members] == [{"kind": "play", "at": 1_400.0, "position": 0.0}] * 2
    room.answered(2, {"kind": "pause"}, arrived=3_000.0)
    assert [told(each) for each in members] == [{"kind": "pause", "at": 3_400.0}] * 2
    room.answered(2, {"kind": "play"}, arrived=9_000.0)
    assert told(members[0]) == {"kind": "play", "at": 9_400.0, "position": 2.0}


def test_who_comes_late_is_told_where_the_music_will_be() -> None:
    room = Room()
    assert room.answered(1, {"kind": "ready"}, arrived=0.0) is None
    room.answered(1, {"kind": "play"}, arrived=1_000.0)
    assert room.answered(2, {"kind": "ready"}, arrived=5_000.0) == {"kind": "play", "at": 6_500.0, "position": 5.1}


def test_what_makes_no_sense_now_changes_nothing() -> None:
    room = Room()
    member = entered(room, 1)
    assert room.answered(1, {"kind": "pause"}, arrived=0.0) is None
    assert room.answered(1, {"kind": "sing"}, arrived=0.0) is None
    with pytest.raises(trio.WouldBlock):
        member.receive_nowait()


async def test_page_track_and_socket_are_served(tmp_path: Path) -> None:
    track = tmp_path / "track.flac"
    track.write_bytes(b"sound")
    app = application(track)
    client = app.test_client()
    for path in ("/", "/r/anything"):
        answer = await client.get(path)
        assert b"Reference player" in await answer.get_data(as_text=False)
    music = await client.get("/track")
    assert await music.get_data(as_text=False) == b"sound"
    async with client.websocket("/socket") as socket:
        await socket.send(json.dumps({"kind": "probe", "name": "1a", "sent": 1.0}))
        assert json.loads(await socket.receive())["name"] == "1a"
        await socket.send(json.dumps({"kind": "play"}))
        assert json.loads(await socket.receive())["kind"] == "play"
