"""Presence of plain Yjs clients: everybody speaks for themselves, and the server says who they are."""

import json

import pytest

from hathor_rt.documents.awareness import CLOCKS_REMEMBERED, EXPIRES_AFTER, LARGEST_CLOCK, Attested, Awareness
from hathor_rt.ids import ConnectionId, PrincipalId
from sync.refusal import MalformedFrame
from sync.units import Micros
from sync.wire.yjs import Aware, PeerState, aware, decode

ANN, BEN = ConnectionId("cann"), ConnectionId("cben")
WHO = Attested(PrincipalId("ann"), "Ann", "editor")
NOW = Micros(0)


def said(client_id: int, clock: int = 1, state: str = '{"x":1}') -> PeerState:
    return PeerState(client_id, clock, state)


def speak(awareness: Awareness, connection: ConnectionId, *states: PeerState, now: Micros = NOW) -> None:
    """As the connection does it, with every claim granted."""
    candidate = awareness.candidate(connection, states)
    if candidate:
        awareness.adopt(connection, candidate)
    awareness.hear(connection, WHO, states, now)


def told(awareness: Awareness) -> dict[int, object]:
    return {each.client_id: json.loads(each.state) for each in awareness.take_changes()}


def test_the_server_says_who_it_is_whatever_is_claimed() -> None:
    awareness = Awareness()
    speak(awareness, ANN, said(5, 1, '{"x": 1, "name": "Ben", "principal": "ben", "role": "host"}'))
    assert told(awareness) == {5: {"x": 1, "principal": "ann", "name": "Ann", "role": "editor"}}
    assert told(awareness) == {}


def test_what_is_repeated_of_others_is_not_heard() -> None:
    awareness = Awareness()
    speak(awareness, ANN, said(5))
    speak(awareness, BEN, said(6))
    awareness.take_changes()
    speak(awareness, BEN, said(5, 9, "null"), said(6, 2, '{"y":2}'))
    speak(awareness, BEN, said(5, 9, '{"forged":1}'))
    assert set(told(awareness)) == {6}
    assert awareness.holder(5) == ANN


def test_one_connection_has_one_voice_however_many_it_invents() -> None:
    awareness = Awareness()
    for first in range(0, 20_000, 100):
        speak(awareness, ANN, *(said(number) for number in range(first + 1, first + 101)))
    assert len(awareness) == 1


def test_an_id_of_one_who_left_is_not_taken_up_by_those_who_repeat_it() -> None:
    awareness = Awareness()
    speak(awareness, ANN, said(5))
    speak(awareness, BEN, said(6))
    awareness.leave(ANN)
    speak(awareness, BEN, said(5))
    assert [each.client_id for each in awareness.everyone()] == [6]


def test_a_client_that_got_another_id_leaves_its_former_one() -> None:
    awareness = Awareness()
    speak(awareness, ANN, said(5))
    awareness.take_changes()
    speak(awareness, ANN, said(7))
    assert told(awareness) == {5: None, 7: {"x": 1, "principal": "ann", "name": "Ann", "role": "editor"}}


def test_who_leaves_is_gone_at_once_and_is_believed_when_coming_back_with_the_same_clock() -> None:
    awareness = Awareness()
    speak(awareness, ANN, said(5, 3))
    [here] = awareness.take_changes()
    awareness.leave(ANN)
    awareness.leave(ANN)
    [gone] = awareness.take_changes()
    assert (gone.client_id, gone.state) == (5, "null")
    assert gone.clock > here.clock
    speak(awareness, BEN, said(5, 3))
    [again] = awareness.take_changes()
    assert again.clock > gone.clock
    assert again.state != "null"


def test_a_newer_connection_takes_the_voice_of_an_older_one_over() -> None:
    awareness = Awareness()
    speak(awareness, ANN, said(5))
    awareness.adopt(BEN, 5)
    awareness.hear(BEN, WHO, [said(5, 2)], NOW)
    awareness.leave(ANN)
    assert [each.client_id for each in awareness.everyone()] == [5]


def test_the_silent_are_forgotten() -> None:
    awareness = Awareness()
    speak(awareness, ANN, said(5))
    speak(awareness, BEN, said(6))
    later = Micros(EXPIRES_AFTER - 1)
    awareness.hear(BEN, WHO, [said(6, 2)], later)
    awareness.expire(later)
    assert len(awareness) == 2
    awareness.expire(EXPIRES_AFTER)
    assert [each.client_id for each in awareness.everyone()] == [6]


def test_a_renewal_is_told_so_that_its_author_hears_something() -> None:
    awareness = Awareness()
    speak(awareness, ANN, said(5, 1))
    awareness.take_changes()
    speak(awareness, ANN, said(5, 2))
    assert len(awareness.take_changes()) == 1
    speak(awareness, ANN, said(5, 2))
    assert awareness.take_changes() == ()


def test_saying_to_be_gone_is_heard() -> None:
    awareness = Awareness()
    speak(awareness, ANN, said(5))
    awareness.take_changes()
    speak(awareness, ANN, said(5, 2, "null"))
    assert told(awareness) == {5: None}
    speak(awareness, ANN, said(5, 3))
    assert len(awareness) == 1


@pytest.mark.parametrize("state", ["[1]", "3", "{", '{"x":' + "[" * 3000 + "}", json.dumps({"x": "y" * 5000})])
def test_what_is_no_small_object_is_refused(state: str) -> None:
    with pytest.raises(MalformedFrame):
        speak(Awareness(), ANN, said(5, 1, state))


def test_clocks_of_those_who_left_are_bounded() -> None:
    awareness = Awareness()
    for number in range(1, CLOCKS_REMEMBERED + 100):
        connection = ConnectionId(f"c{number}")
        speak(awareness, connection, said(number))
        awareness.leave(connection)
    assert len(awareness._clocks) == CLOCKS_REMEMBERED  # noqa: SLF001 - what is bounded cannot be seen otherwise


@pytest.mark.parametrize(
    "state",
    [
        '{"x": NaN}',
        '{"x": -Infinity}',
        '{"x": 1e999}',
        '{"x": "' + "\N{PERFORMING ARTS}" * 3000 + '"}',
    ],
)
def test_a_state_that_others_could_not_read_is_refused(state: str) -> None:
    awareness = Awareness()
    with pytest.raises(MalformedFrame):
        speak(awareness, ANN, said(5, 1, state))
    assert awareness.everyone() == ()


def test_a_clock_that_others_could_not_count_on_is_refused() -> None:
    awareness = Awareness()
    with pytest.raises(MalformedFrame):
        speak(awareness, ANN, said(5, 2**53 - 1))
    speak(awareness, ANN, said(5, LARGEST_CLOCK))
    speak(awareness, ANN, said(5, LARGEST_CLOCK, '{"y":1}'))
    awareness.leave(ANN)
    [gone] = awareness.take_changes()
    assert decode(aware([gone])) == Aware((gone,))
