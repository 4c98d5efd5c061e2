"""The parser against wsproto, which is written by others: both must accept, refuse and read the same."""

import os
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import RemoteProtocolError

from web.realtime.frame_parser import FrameParser, Happening, PeerClose, PeerPing, Violation, unmasked

LIMIT = 300_000


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    is_final: bool = True,
    reserved: int = 0,
    key: bytes | None = b"\x01\x02\x03\x04",
    width: int | None = None,
) -> bytes:
    """A frame, right or wrong. `key` None: not masked. `width`: bytes of the length field, None: the fewest possible."""
    size = len(payload)
    if width is None:
        width = 0 if size < 126 else 2 if size < 1 << 16 else 8
    lead = {0: size, 2: 126, 8: 127}[width]
    head = bytes((0x80 * is_final | reserved << 4 | opcode, 0x80 * (key is not None) | lead))
    return (
        head + (size.to_bytes(width, "big") if width else b"") + (b"" if key is None else key + unmasked(payload, key))
    )


def parsed(wire: bytes, *, cuts: tuple[int, ...] = (), limit: int = LIMIT) -> list[Happening]:
    parser = FrameParser(limit)
    places = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    return [each for start, end in pairwise(places) for each in parser.feed(wire[start:end])]


class Oracle:
    """wsproto's server side, told in our words."""

    def __init__(self) -> None:
        self.told: list[Happening] = []
        self._connection = Connection(ConnectionType.SERVER)
        self._parts: list[bytes | str] = []

    def feed(self, wire: bytes) -> None:
        try:
            self._connection.receive_data(wire)
            for event in self._connection.events():
                self._tell(event)
        except RemoteProtocolError as error:
            hint = error.event_hint
            assert isinstance(hint, CloseConnection)
            self.told.append(Violation(int(hint.code), ""))

    def _tell(self, event: object) -> None:
        match event:
            case BytesMessage(data=data, message_finished=is_whole):
                self._parts.append(bytes(data))
                if is_whole:
                    self.told.append(b"".join(part for part in self._parts if isinstance(part, bytes)))
                    self._parts = []
            case TextMessage(data=text, message_finished=is_whole):
                self._parts.append(text)
                if is_whole:
                    self.told.append("".join(part for part in self._parts if isinstance(part, str)))
                    self._parts = []
            case Ping(payload=payload):
                self.told.append(PeerPing(bytes(payload)))
            case CloseConnection(code=code, reason=reason):
                # Offences are told the same way, but leave the connection open.
                is_goodbye = self._connection.state is ConnectionState.REMOTE_CLOSING
                self.told.append(PeerClose(int(code), reason or "") if is_goodbye else Violation(int(code), ""))
            case _:
                pass


def judged(happenings: list[Happening]) -> list[Happening]:
    """Without the words for what was wrong, which are ours."""
    return [Violation(each.code, "") if isinstance(each, Violation) else each for each in happenings]


def according_to_wsproto(wire: bytes) -> list[Happening]:
    oracle = Oracle()
    oracle.feed(wire)
    return oracle.told


keys = st.one_of(st.just(bytes(4)), st.binary(min_size=4, max_size=4))
payloads = st.one_of(
    st.binary(max_size=140),
    st.text(max_size=40).map(str.encode),
    st.sampled_from([125, 126, 127, 8191, 8192, 8193, 65_535, 65_536, 70_001]).map(os.urandom),
)
proper_closes = st.builds(
    lambda code, reason: code.to_bytes(2, "big") + reason.encode(),
    st.one_of(st.sampled_from([*CloseReason]).map(int), st.integers(0, 4999)),
    st.text(max_size=30),
)


@st.composite
def messages(draw: st.DrawFn) -> list[bytes]:
    """The frames of one message, whole or in fragments, with control frames between them."""
    opcode, parts = draw(st.sampled_from([1, 2])), draw(st.lists(payloads, min_size=1, max_size=4))
    if opcode == 1 and draw(st.booleans()):
        text = draw(st.text(max_size=50)).encode()
        cut = draw(st.integers(0, len(text)))
        parts = [text[:cut], text[cut:]]
    frames = []
    for place, part in enumerate(parts):
        if place and draw(st.booleans()):
            frames.append(frame(draw(st.sampled_from([9, 10])), draw(st.binary(max_size=125)), key=draw(keys)))
        is_final = place == len(parts) - 1
        frames.append(frame(opcode if place == 0 else 0, part, is_final=is_final, key=draw(keys)))
    return frames


odd_frames = st.builds(
    frame,
    st.integers(0, 15),
    st.one_of(st.binary(max_size=130), proper_closes),
    is_final=st.booleans(),
    reserved=st.sampled_from([0, 0, 0, 0, 1, 4, 7]),
    key=st.one_of(st.none(), keys, keys, keys),
    width=st.none(),
)
closes = st.builds(
    lambda payload, key: frame(8, payload, key=key), st.one_of(proper_closes, st.binary(max_size=4)), keys
)
streams = st.lists(st.one_of(messages().map(b"".join), messages().map(b"".join), odd_frames, closes), max_size=6).map(
    b"".join
)


def compare(wire: bytes) -> None:
    # wsproto judges a header when it is whole, ours byte by byte: let the last one be whole.
    wire += bytes(14)
    ours, theirs = judged(parsed(wire)), according_to_wsproto(wire)
    if ours[-1:] == [Violation(1009, "")]:
        ours.pop()  # wsproto knows no longest message
    if theirs[-1:] == [Violation(1007, "")]:
        # wsproto judges text as it comes, ours when the message is whole; until then control frames may follow.
        place = len(theirs) - 1
        assert not [each for each in ours[place:] if isinstance(each, bytes | str)]
        theirs, ours = theirs[:place], ours[:place]
    assert ours == theirs


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(streams)
@example(frame(1, b"\xed\xa0\x80"))
@example(frame(8, b"\x03\xe8\xff"))
@example(frame(8, b"\x03"))
@example(frame(9, bytes(126)))
@example(frame(2, bytes(125), width=2))
@example(frame(2, bytes(65_535), width=8))
@example(frame(2, b"a", is_final=False) + frame(2, b"b"))
@example(frame(0, b"a"))
def test_it_reads_what_wsproto_reads(wire: bytes) -> None:
    compare(wire)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_as_wsproto_reads_them(wire: bytes) -> None:
    compare(wire)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(streams, st.lists(st.integers(min_value=0), max_size=12))
def test_any_cutting_tells_the_same(wire: bytes, cuts: list[int]) -> None:
    assert parsed(wire, cuts=tuple(cuts)) == parsed(wire)


@pytest.mark.slow
@given(st.lists(messages().map(b"".join), max_size=3).map(b"".join).filter(lambda wire: len(wire) < 3000))
@settings(max_examples=50, deadline=None)
def test_byte_by_byte_tells_the_same(wire: bytes) -> None:
    parser = FrameParser(LIMIT)
    assert [each for byte in wire for each in parser.feed(bytes((byte,)))] == parsed(wire)


@given(st.integers(0, 20_000).map(os.urandom), keys)
@settings(deadline=None)
def test_unmasking_is_xor_with_the_repeated_key(payload: bytes, key: bytes) -> None:
    assert unmasked(payload, key) == bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


def test_the_example_of_the_docstring() -> None:
    assert parsed(bytes.fromhex("8282010203041020")) == [b"\x11\x22"]


@pytest.mark.parametrize("cut", range(4))
def test_text_that_is_no_utf8_is_refused_however_it_is_cut(cut: int) -> None:
    wrong = b"a\xed\xa0\x80"
    for wire in (frame(1, wrong), frame(1, wrong[:cut], is_final=False) + frame(0, wrong[cut:])):
        (refused,) = parsed(wire + frame(2, b"after"))
        assert isinstance(refused, Violation)
        assert refused.code == 1007


@given(st.text(max_size=60), st.integers(0, 60))
def test_text_comes_whole_even_if_it_is_cut_inside_a_character(text: str, cut: int) -> None:
    wire = text.encode()
    assert parsed(frame(1, wire[:cut], is_final=False) + frame(0, wire[cut:])) == [text]


def test_a_message_of_the_longest_length_is_taken_and_one_byte_more_is_not() -> None:
    assert parsed(frame(2, bytes(1000)), limit=1000) == [bytes(1000)]
    assert [each.code for each in parsed(frame(2, bytes(1001)), limit=1000) if isinstance(each, Violation)] == [1009]


def test_a_message_that_is_too_long_is_refused_by_its_header_alone() -> None:
    (refused,) = parsed(frame(2, bytes(100_000))[:14], limit=1000)
    assert isinstance(refused, Violation)
    assert refused.code == 1009


def test_fragments_count_together() -> None:
    parts = [frame(2, bytes(600), is_final=False), frame(0, bytes(400), is_final=False)]
    assert parsed(b"".join([*parts, frame(0)]), limit=1000) == [bytes(1000)]
    (refused,) = parsed(b"".join([*parts, frame(0, b"x")]), limit=1000)
    assert isinstance(refused, Violation)
    assert refused.code == 1009


def test_what_comes_before_an_offence_counts_and_nothing_after_it() -> None:
    wire = frame(2, b"before") + frame(2, b"bare", key=None) + frame(2, b"after")
    before, offence = parsed(wire)
    assert before == b"before"
    assert isinstance(offence, Violation)
    assert offence.code == 1002
    parser = FrameParser(LIMIT)
    assert parser.feed(frame(8)) == [PeerClose(1005, "")]
    assert parser.feed(frame(2, b"after")) == []


@pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1014, 1015, 1016, 2999, 5000, 65_535])
def test_codes_that_nobody_may_tell_are_refused(code: int) -> None:
    (refused,) = parsed(frame(8, code.to_bytes(2, "big")))
    assert isinstance(refused, Violation)
    assert refused.code == 1002
