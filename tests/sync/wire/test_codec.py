"""Any bytes decode to a frame within its limits, or are refused."""

import json
from typing import Any, get_args

import msgpack  # type: ignore[import-untyped]  # has neither types nor stubs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.refusal import FrameTooLarge, MalformedFrame
from sync.wire.codec import LENGTHS, SIGNED, decode_client, decode_server, encode
from sync.wire.frames import (
    MAX_INBOUND_BYTES,
    Command,
    Enter,
    FromClient,
    FromServer,
    Leave,
    Opened,
    Participant,
    Play,
    Probe,
    Report,
    Seek,
    Update,
)
from tests.vectors import make_wire

FRAMES: tuple[type[msgspec.Struct], ...] = (*get_args(FromClient), *get_args(FromServer))
VECTORS = json.loads(make_wire.PATH.read_text())


# ── vectors ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_shared_vectors_are_what_this_code_makes() -> None:
    assert make_wire.PATH.read_text() == make_wire.make()


def test_every_frame_has_a_vector() -> None:
    assert {type(frame) for frame in (*make_wire.CLIENT_FRAMES, *make_wire.SERVER_FRAMES)} == set(FRAMES)


@pytest.mark.parametrize("frame", make_wire.CLIENT_FRAMES, ids=repr)
def test_a_client_frame_survives_the_way(frame: FromClient) -> None:
    assert decode_client(encode(frame)) == frame


@pytest.mark.parametrize("frame", make_wire.SERVER_FRAMES, ids=lambda frame: type(frame).__name__)
def test_a_server_frame_survives_the_way(frame: FromServer) -> None:
    assert decode_server(encode(frame)) == frame


@pytest.mark.parametrize("vector", VECTORS["shorter"] + VECTORS["longer"], ids=lambda vector: str(vector["hex"]))
def test_older_and_newer_peers_are_understood(vector: dict[str, Any]) -> None:
    assert make_wire.record_of(decode_client(bytes.fromhex(vector["hex"]))) == vector["frame"]


@pytest.mark.parametrize("hexes", VECTORS["malformed"])
def test_what_is_no_frame_is_refused(hexes: str) -> None:
    with pytest.raises(MalformedFrame):
        decode_client(bytes.fromhex(hexes))


def test_a_server_frame_is_none_of_a_client() -> None:
    with pytest.raises(MalformedFrame):
        decode_client(bytes.fromhex(VECTORS["server"][0]["hex"]))
    with pytest.raises(MalformedFrame):
        decode_server(bytes.fromhex(VECTORS["client"][0]["hex"]))


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_field_has_a_limit() -> None:
    records = [*FRAMES, Participant, *get_args(Command.__annotations__["order"])]
    names = {
        field.name
        for record in records
        for field in msgspec.structs.fields(record)
        if field.type in (str, bytes, list[str]) or field.name in {"state", "kind"}
    }
    assert names == set(LENGTHS)
    whole = (int, int | None)
    numbers = {field.name for record in records for field in msgspec.structs.fields(record) if field.type in whole}
    assert numbers > SIGNED


@pytest.mark.parametrize(
    "frame",
    [
        Leave(""),
        Leave("r" * 33),
        Enter("r1", "i" * 257),
        Update("queue:r1", b""),
        Update("", b"\x00\x00"),
        Probe(-1, 0),
        Probe(0, 2**53),
        Command("r1", 1, Seek(-1)),
        Command("r1", 1, Play("e" * 33)),
        Report("r1", "silent", playback_error=-(2**53)),
    ],
    ids=repr,
)
def test_a_field_beyond_its_limit_is_refused(frame: FromClient) -> None:
    with pytest.raises(MalformedFrame):
        decode_client(encode(frame))


def test_a_long_list_is_refused() -> None:
    packed = msgpack.packb(["entered", "r1", "name", "host", ["x"] * 4097])
    with pytest.raises(MalformedFrame, match="4096"):
        decode_server(packed)


def test_a_frame_is_bounded_on_both_sides() -> None:
    longest = Update("queue:r1", bytes(MAX_INBOUND_BYTES - 64))
    assert decode_client(encode(longest)) == longest
    with pytest.raises(FrameTooLarge):
        encode(Update("queue:r1", bytes(MAX_INBOUND_BYTES)))
    with pytest.raises(FrameTooLarge):
        decode_client(bytes(MAX_INBOUND_BYTES + 1))
    with pytest.raises(FrameTooLarge):
        encode(Opened("queue:r1", 1, bytes(4 * 1024 * 1024), b""))
    state = Opened("queue:r1", 1, bytes(1024 * 1024), b"")
    assert decode_server(encode(state)) == state


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(MalformedFrame):
        decode_client(b"\x94\xa5probe\x01\x01" + b"\x91" * 90_000 + b"\x00")


# ── any bytes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def decode_or_refuse(encoded: bytes) -> None:
    for decode in (decode_client, decode_server):
        try:
            frame = decode(encoded)
        except (MalformedFrame, FrameTooLarge):
            continue
        assert isinstance(frame, FRAMES)
        assert decode(encode(frame)) == frame


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(encoded: bytes) -> None:
    decode_or_refuse(encoded)


@given(
    st.sampled_from([encode(frame) for frame in (*make_wire.CLIENT_FRAMES, *make_wire.SERVER_FRAMES)]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4),
    st.integers(0, 400),
)
def test_any_damaged_frame_decodes_or_is_refused(
    encoded: bytes, damages: list[tuple[int, int]], kept_bytes: int
) -> None:
    damaged = bytearray(encoded)
    for index, byte in damages:
        damaged[index % len(damaged)] = byte
    decode_or_refuse(bytes(damaged[:kept_bytes]))


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.slow
@given(st.sampled_from([str(frame.__struct_config__.tag) for frame in FRAMES]), st.lists(anything, max_size=8))
def test_any_values_behind_a_tag_decode_or_are_refused(tag: str, fields: list[object]) -> None:
    decode_or_refuse(msgpack.packb([tag, *fields]))


# ── another implementation ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("frame", make_wire.CLIENT_FRAMES, ids=repr)
def test_another_messagepack_reads_and_writes_the_same(frame: FromClient) -> None:
    items = msgpack.unpackb(encode(frame))
    assert items[0] == frame.__struct_config__.tag
    assert len(items) == 1 + len(frame.__struct_fields__)
    assert decode_client(msgpack.packb(items)) == frame


def test_the_example_of_the_protocol_page_is_true() -> None:
    assert encode(Probe(1, 1000)).hex() == "93a570726f626501cd03e8"
    assert encode(Command("r1", 5, Seek(1000))).hex() == "94a7636f6d6d616e64a272310592a47365656bcd03e8"
