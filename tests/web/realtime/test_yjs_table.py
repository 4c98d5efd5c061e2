"""Everybody at one document: presence in shared frames, states framed once."""

import json

from hathor_rt.documents.awareness import EXPIRES_AFTER, Attested
from hathor_rt.documents.ports import SharedPayload
from hathor_rt.ids import ConnectionId, PrincipalId
from sync.units import Micros
from sync.wire.yjs import Aware, PeerState, decode
from web.realtime.yjs_table import Table, frames


class Ear:
    def __init__(self, name: str) -> None:
        self.connection = ConnectionId(name)
        self.heard: list[SharedPayload] = []

    def tell(self, shared: SharedPayload) -> None:
        self.heard.append(shared)


def content(shared: SharedPayload) -> tuple[PeerState, ...]:
    frame = shared.framed
    start = {126: 4, 127: 10}.get(frame[1], 2)
    message = decode(frame[start:])
    assert isinstance(message, Aware)
    return message.states


def speak(table: Table, ear: Ear, client_id: int) -> None:
    table.awareness.adopt(ear.connection, client_id)
    who = Attested(PrincipalId("p"), "P", "editor")
    table.awareness.hear(ear.connection, who, [PeerState(client_id, 1, "{}")], Micros(0))


def test_presence_is_one_frame_for_all() -> None:
    table, one, two = Table(), Ear("c1"), Ear("c2")
    table.sit(one)
    table.sit(two)
    speak(table, one, 1)
    speak(table, two, 2)
    table.flush()
    assert one.heard[0] is two.heard[0]
    assert [each.client_id for each in content(one.heard[0])] == [1, 2]
    table.flush()
    assert len(one.heard) == 1
    table.leave(two.connection)
    table.flush()
    assert [(each.client_id, each.state) for each in content(one.heard[1])] == [(2, "null")]
    assert len(two.heard) == 1
    assert len(table) == 1


def test_the_silent_go_when_time_is_told() -> None:
    table, one = Table(), Ear("c1")
    table.sit(one)
    speak(table, one, 1)
    table.flush()
    table.awareness.expire(EXPIRES_AFTER)
    table.flush()
    assert [[each.client_id for each in content(told)] for told in one.heard] == [[1], [1]]
    assert [each.state for each in content(one.heard[1])] == ["null"]


def test_there_is_news_once_until_it_is_told() -> None:
    news: list[str] = []
    table, one, two = Table(lambda: news.append("news")), Ear("c1"), Ear("c2")
    for client_id, ear in enumerate((one, two), 1):
        table.sit(ear)
        speak(table, ear, client_id)
    assert news == ["news"]
    table.flush()
    assert news == ["news"]
    table.leave(two.connection)
    assert news == ["news", "news"]
    table.flush()
    table.awareness.expire(EXPIRES_AFTER)
    assert news == ["news", "news", "news"]
    table.flush()
    assert [(each.client_id, each.state) for each in content(one.heard[-1])] == [(1, "null")]


def test_a_crowd_is_told_in_frames_of_bounded_size() -> None:
    states = [PeerState(number, 1, json.dumps({"x": "y" * 1000})) for number in range(100)]
    told = list(frames(states))
    assert len(told) > 2
    assert all(len(each.framed) < 40_000 for each in told)
    assert [each for shared in told for each in content(shared)] == states
    assert list(frames([])) == []


def test_a_storm_of_newcomers_shares_one_frame_until_the_document_changes() -> None:
    table = Table()
    state = bytes(5000)
    assert table.state_frame(state) is table.state_frame(state)
    assert table.state_frame(bytes(5001)) is not table.state_frame(state)
