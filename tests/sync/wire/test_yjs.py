"""The plain messages of Yjs clients."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Map, create_sync_message, create_update_message, handle_sync_message

from sync.refusal import MalformedFrame
from sync.wire.yjs import (
    Aware,
    Denied,
    Edited,
    PeerState,
    QueryAwareness,
    Step1,
    YjsMessage,
    aware,
    decode,
    denied,
    edited,
    query_awareness,
    step_1,
    step_2,
)

# Written by y-protocols 1.0.7 (syncProtocol and awarenessProtocol around lib0 encoders).
VECTORS: list[tuple[bytes, YjsMessage]] = [
    (bytes.fromhex("00000100"), Step1(b"\x00")),
    (bytes.fromhex("0001020000"), Edited(b"\x00\x00", is_answer=True)),
    (bytes.fromhex("0002020000"), Edited(b"\x00\x00", is_answer=False)),
    (bytes.fromhex("010e010501 0a 7b226e223a22c3a5227d".replace(" ", "")), Aware((PeerState(5, 1, '{"n":"å"}'),))),
    (b"\x03", QueryAwareness()),
    (b"\x02\x00\x02no", Denied("no")),
]


@pytest.mark.parametrize(("encoded", "message"), VECTORS)
def test_messages_are_read_as_written_by_yjs(encoded: bytes, message: YjsMessage) -> None:
    assert decode(encoded) == message


def test_states_are_read_with_letters_beyond_ascii() -> None:
    state = '{"n":"å"}'.encode()
    body = b"\x01\x05\x01" + bytes([len(state)]) + state
    assert decode(b"\x01" + bytes([len(body)]) + body) == Aware((PeerState(5, 1, '{"n":"å"}'),))


def test_pycrdt_understands_us_and_we_understand_it() -> None:
    ours, theirs = Doc[Map[object]](client_id=1), Doc[Map[object]](client_id=2)
    ours.get("m", type=Map)["k"] = "v"
    asked = decode(create_sync_message(theirs))
    assert asked == Step1(theirs.get_state())
    assert handle_sync_message(step_2(ours.get_update(theirs.get_state()))[1:], theirs) is None
    assert theirs.get("m", type=Map).to_py() == {"k": "v"}
    assert decode(create_update_message(b"abc")) == Edited(b"abc", is_answer=False)
    answer = handle_sync_message(step_1(Doc[Map[object]]().get_state())[1:], theirs)
    assert answer is not None
    assert decode(answer) == Edited(theirs.get_update(), is_answer=True)


STATES = st.lists(
    st.builds(PeerState, st.integers(0, 2**53 - 1), st.integers(0, 2**32), st.text(max_size=50)), max_size=5
)


@given(st.binary(max_size=300), st.text(max_size=200), STATES)
def test_what_is_encoded_is_decoded(content: bytes, words: str, states: list[PeerState]) -> None:
    assert decode(step_1(content)) == Step1(content)
    assert decode(step_2(content)) == Edited(content, is_answer=True)
    assert decode(edited(content)) == Edited(content, is_answer=False)
    assert decode(denied(words)) == Denied(words)
    assert decode(aware(states)) == Aware(tuple(states))
    assert decode(query_awareness()) == QueryAwareness()


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(message: bytes) -> None:
    try:
        decode(message)
    except MalformedFrame:
        return


@pytest.mark.parametrize(
    "message", [b"", b"\x00", b"\x00\x03\x00", b"\x04", b"\x03x", b"\x00\x02\x05ab", b"\x01\x03\xff\xff\x7f"]
)
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode(message)
