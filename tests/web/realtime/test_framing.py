from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong
from wsproto.frame_protocol import CloseReason

from web.realtime.framing import PING_FRAME, binary_frame, close_frame, pong_frame


def received(wire: bytes) -> list[object]:
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(wire)
    return list(client.events())


def test_a_short_frame_is_two_bytes_longer_than_its_payload() -> None:
    assert binary_frame(b"\x01\x02").hex() == "82020102"


@given(st.one_of(st.binary(max_size=300), st.sampled_from([125, 126, 65_535, 65_536, 200_000]).map(bytes)))
def test_any_payload_arrives_whole(payload: bytes) -> None:
    events = received(binary_frame(payload))
    assert b"".join(bytes(each.data) for each in events if isinstance(each, BytesMessage)) == payload
    last = events[-1]
    assert isinstance(last, BytesMessage)
    assert last.message_finished


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=8))
def test_frames_behind_each_other_stay_apart(payloads: list[bytes]) -> None:
    events = received(b"".join(binary_frame(each) for each in payloads))
    assert [bytes(each.data) for each in events if isinstance(each, BytesMessage)] == payloads


def test_the_ping_is_a_ping() -> None:
    (event,) = received(PING_FRAME)
    assert isinstance(event, Ping)
    assert event.payload == b""


def test_a_pong_carries_what_the_ping_did() -> None:
    (event,) = received(pong_frame(bytes(range(125))))
    assert isinstance(event, Pong)
    assert event.payload == bytes(range(125))


def test_a_goodbye_tells_code_and_reason() -> None:
    (event,) = received(close_frame(4400, "no"))
    assert event == CloseConnection(4400, "no")
    (bare,) = received(close_frame(1005))
    assert isinstance(bare, CloseConnection)
    assert bare.code == CloseReason.NO_STATUS_RCVD


@given(st.text(max_size=300))
def test_a_reason_that_is_too_long_is_cut_at_a_character(reason: str) -> None:
    (event,) = received(close_frame(1000, reason))
    assert isinstance(event, CloseConnection)
    assert reason.startswith(event.reason or "")
    assert len(reason.encode()) <= 123 or len((event.reason or "").encode()) > 119
