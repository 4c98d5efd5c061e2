"""Dialogues: what comes in, what comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.refusal import OutOfOrder, UnknownDocument
from sync.units import Micros
from sync.wire.endings import ending
from sync.wire.frames import (
    Changed,
    Close,
    Command,
    Ending,
    Enter,
    Entered,
    FromClient,
    FromServer,
    Hello,
    Leave,
    Left,
    Open,
    Opened,
    Pause,
    People,
    Probe,
    ProbeReply,
    Refused,
    Report,
    Update,
    Welcome,
)
from sync.wire.session import (
    Answer,
    ClientSession,
    Delivery,
    Departure,
    Entrance,
    Goodbye,
    Greeting,
    Probing,
    ServerEvent,
    ServerSession,
    State,
)

HELLO = Hello(1, "test")
WELCOME = Welcome(1, "c1", "p1", "d1", "epoch", "", 10_000_000)
QUEUE = Open("queue:r1")
EDIT = Update("queue:r1", b"\x00\x00", 3)
START, BEAT = Micros(0), Micros(10_000_000)


def server(*frames: FromClient) -> ServerSession:
    session = ServerSession(START, BEAT)
    for frame in (HELLO, *frames):
        assert not any(isinstance(event, (Answer, Goodbye)) for event in session.receive(frame, START))
    return session


# ── the server's end ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_visit_from_hello_to_leave() -> None:
    session = ServerSession(START, BEAT)
    command, report = Command("r1", 1, Pause()), Report("r1", "silent")
    dialogue: list[tuple[FromClient, ServerEvent]] = [
        (HELLO, Greeting(HELLO)),
        (Probe(1, 2), Probing(Probe(1, 2))),
        (Enter("r1"), Entrance(Enter("r1"), is_new=True)),
        (QUEUE, Delivery("r1", QUEUE)),
        (EDIT, Delivery("r1", EDIT)),
        (command, Delivery("r1", command)),
        (report, Delivery("r1", report)),
        (Close("queue:r1"), Delivery("r1", Close("queue:r1"))),
        (Leave("r1"), Departure("r1")),
    ]
    for frame, event in dialogue:
        assert session.receive(frame, START) == [event]
    assert session.rooms == frozenset()


@pytest.mark.parametrize("frame", [Probe(1, 2), Enter("r1"), QUEUE, EDIT, Leave("r1"), Close("queue:r1")], ids=repr)
def test_nothing_is_allowed_before_hello(frame: FromClient) -> None:
    session = ServerSession(START, BEAT)
    [event] = session.receive(frame, START)
    assert isinstance(event, Goodbye)
    assert event.ending.code == "out-of-order"
    assert session.state is State.ENDED


def test_a_second_hello_ends_the_connection() -> None:
    [event] = server().receive(HELLO, START)
    assert isinstance(event, Goodbye)
    assert event.ending.code == "out-of-order"


def test_another_version_ends_the_connection_for_good() -> None:
    session = ServerSession(START, BEAT)
    [event] = session.receive(Hello(2, "from the future"), START)
    assert isinstance(event, Goodbye)
    assert event.ending.code == "wrong-protocol"
    assert event.ending.retry_after < 0
    assert session.receive(HELLO, START) == []


def test_entering_again_changes_how_one_takes_part() -> None:
    again = Enter("r1", sound=True)
    assert server(Enter("r1")).receive(again, START) == [Entrance(again, is_new=False)]


@pytest.mark.parametrize(
    ("frame", "about", "subject", "seq"),
    [
        (QUEUE, "open", "queue:r1", 0),
        (EDIT, "update", "queue:r1", 3),
        (Command("r1", 9, Pause()), "command", "r1", 9),
    ],
    ids=repr,
)
def test_a_room_must_be_entered_first(frame: FromClient, about: str, subject: str, seq: int) -> None:
    session = server(Enter("r2"))
    [event] = session.receive(frame, START)
    assert isinstance(event, Answer)
    told = event.refused
    assert (told.about, told.subject, told.seq, told.code) == (about, subject, seq, "out-of-order")
    assert session.state is State.GREETED


@pytest.mark.parametrize("frame", [Report("r1", "silent"), Leave("r1"), Close("queue:r1")], ids=repr)
def test_what_crossed_a_left_and_loses_nothing_is_ignored(frame: FromClient) -> None:
    assert server().receive(frame, START) == []


@pytest.mark.parametrize("name", ["queue", "nonsense:r1", "queue:", "queue:UP", "queue:r1:x"])
def test_an_unknown_document_is_refused(name: str) -> None:
    [event] = server(Enter("r1")).receive(Open(name), START)
    assert isinstance(event, Answer)
    assert event.refused.code == UnknownDocument.code


def test_an_update_needs_an_open_document() -> None:
    [event] = server(Enter("r1")).receive(EDIT, START)
    assert isinstance(event, Answer)


@pytest.mark.parametrize(
    "frame", [Left("r1", "kicked"), Refused("enter", "r1", 0, "room-full", "Full.")], ids=["left", "refused"]
)
def test_being_put_out_closes_the_room_and_its_documents(frame: FromServer) -> None:
    session = server(Enter("r1"), QUEUE, Enter("r2"), Open("queue:r2"))
    session.sent(frame)
    assert session.rooms == {"r2"}
    assert isinstance(session.receive(EDIT, START)[0], Answer)
    assert isinstance(session.receive(Update("queue:r2", b"\x00\x00"), START)[0], Delivery)


def test_a_refused_open_is_not_open() -> None:
    session = server(Enter("r1"), QUEUE)
    session.sent(Refused("open", "queue:r1", 0, "not-allowed", "No."))
    assert isinstance(session.receive(EDIT, START)[0], Answer)


def test_nothing_is_heard_after_the_end() -> None:
    session = server(Enter("r1"))
    session.sent(ending("going-away"))
    assert session.receive(Probe(1, 2), START) == []
    assert session.state is State.ENDED


def test_three_silent_heartbeats_are_too_many() -> None:
    session = server()
    session.receive(Probe(1, 1), Micros(5))
    assert not session.is_silent(Micros(5 + 3 * BEAT))
    assert session.is_silent(Micros(6 + 3 * BEAT))


# ── the client's end ─────────────────────────────────────────────────────────────────────────────────────────────────


def client(*frames: FromClient) -> ClientSession:
    session = ClientSession(START)
    for frame in (HELLO, *frames):
        session.send(frame)
    session.receive(WELCOME, START)
    return session


@pytest.mark.parametrize("frame", [Probe(1, 1), Enter("r1"), QUEUE], ids=repr)
def test_a_client_says_hello_first(frame: FromClient) -> None:
    with pytest.raises(OutOfOrder):
        ClientSession(START).send(frame)


@pytest.mark.parametrize("frame", [HELLO, QUEUE, EDIT, Command("r1", 1, Pause()), Report("r1", "silent")], ids=repr)
def test_a_client_does_not_send_what_would_be_refused(frame: FromClient) -> None:
    with pytest.raises(OutOfOrder):
        client().send(frame)


def test_a_client_need_not_wait_for_the_welcome() -> None:
    session = ClientSession(START)
    for frame in (HELLO, Probe(1, 1), Enter("r1"), QUEUE):
        assert session.send(frame) is frame


def test_the_first_frame_of_a_server_is_a_welcome() -> None:
    session = ClientSession(START)
    session.send(HELLO)
    with pytest.raises(OutOfOrder):
        session.receive(ProbeReply(1, 1, 1, 1), START)
    assert session.receive(WELCOME, START) == [WELCOME]
    with pytest.raises(OutOfOrder):
        session.receive(WELCOME, START)


def test_an_ending_may_come_instead_of_a_welcome() -> None:
    session = ClientSession(START)
    session.send(HELLO)
    said: Ending = ending("wrong-protocol")
    assert session.receive(said, START) == [said]
    assert session.state is State.ENDED


@pytest.mark.parametrize(
    "frame",
    [
        Opened("queue:r1", 2, b"\x00\x00", b"\x00"),
        Changed("queue:r1", b"\x00\x00"),
        Left("r1"),
        People("r1", True, [], []),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_frames_that_crossed_a_leave_are_dropped(frame: FromServer) -> None:
    session = client(Enter("r1"), QUEUE)
    assert session.receive(frame, START) == [frame]
    session = client(Enter("r1"), QUEUE, Leave("r1"))
    assert session.receive(frame, START) == []


def test_a_client_follows_being_put_out() -> None:
    session = client(Enter("r1"), QUEUE)
    session.receive(Left("r1", "kicked"), START)
    with pytest.raises(OutOfOrder):
        session.send(EDIT)


def test_a_client_gives_a_silent_server_up() -> None:
    session = client()
    assert not session.is_silent(Micros(3 * BEAT))
    assert session.is_silent(Micros(3 * BEAT + 1))


# ── both ends ────────────────────────────────────────────────────────────────────────────────────────────────────────

ROOMS = ["r1", "r2"]
client_frames = st.one_of(
    st.builds(Enter, st.sampled_from(ROOMS)),
    st.builds(Leave, st.sampled_from(ROOMS)),
    st.builds(Open, st.sampled_from(["queue:r1", "queue:r2", "playback:r1"])),
    st.builds(Close, st.sampled_from(["queue:r1", "queue:r2"])),
    st.builds(lambda name: Update(name, b"\x00\x00"), st.sampled_from(["queue:r1", "queue:r2"])),
    st.builds(lambda room: Command(room, 1, Pause()), st.sampled_from(ROOMS)),
)


@pytest.mark.slow
@given(st.lists(client_frames, max_size=30))
def test_whatever_a_client_session_lets_through_a_server_session_takes(frames: list[FromClient]) -> None:
    ours, theirs = client(), server()
    for frame in frames:
        try:
            ours.send(frame)
        except OutOfOrder:
            continue
        events = theirs.receive(frame, START)
        assert not any(isinstance(event, (Answer, Goodbye)) for event in events)
        for event in events:
            if isinstance(event, Entrance):
                entered = Entered(event.enter.room, "", "guest", [])
                theirs.sent(entered)
                assert ours.receive(entered, START) == [entered]
