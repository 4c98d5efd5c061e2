"""Frames of the generator, against the parser of the server and byte by byte."""

from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.realtime.frames import PONG, client_frame, server_messages
from web.realtime.frame_parser import FrameParser
from web.realtime.framing import PING_FRAME, binary_frame, close_frame

# Around the lengths at which the head of a frame grows.
_SIZES = st.integers(0, 130) | st.integers(65_530, 65_540)
MESSAGES = st.lists(_SIZES.map(lambda size: bytes(index % 251 for index in range(size))), max_size=4)


@settings(max_examples=15)
@given(MESSAGES)
def test_the_server_reads_what_clients_frame(messages: list[bytes]) -> None:
    parser = FrameParser(1 << 20)
    assert list(parser.feed(b"".join(map(client_frame, messages)))) == messages


def test_the_server_takes_an_unasked_pong_in_silence() -> None:
    assert list(FrameParser(1024).feed(PONG + client_frame(b"a"))) == [b"a"]


@settings(max_examples=15)
@given(MESSAGES, st.integers(0, 3))
def test_whole_messages_are_read_and_control_frames_passed_over(messages: list[bytes], cut: int) -> None:
    stream = PING_FRAME + b"".join(binary_frame(message) + PING_FRAME for message in messages) + close_frame(1000)
    assert list(server_messages(stream)) == messages
    unfinished = binary_frame(b"12345")
    assert list(server_messages(stream + unfinished[: len(unfinished) - 1 - cut])) == messages


def test_fragments_are_put_together() -> None:
    assert list(server_messages(b"\x02\x02ab" + PING_FRAME + b"\x00\x01c" + b"\x80\x01d")) == [b"abcd"]
