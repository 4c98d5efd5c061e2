"""A large answer survives being cut, whatever comes between its pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.refusal import MalformedFrame
from sync.wire.codec import decode_server, encode
from sync.wire.frames import MAX_OUTBOUND_BYTES, Changed, FromServer, Opened, Portion, ProbeReply
from sync.wire.portions import CUT_BEYOND_BYTES, MOST_UNFINISHED, PORTION_BYTES, Assembly, portions


def opened(byte_count: int, document: str = "queue:r1") -> Opened:
    return Opened(document, 5, (bytes(range(251)) * (byte_count // 251 + 1))[:byte_count], b"\x00")


def assembled(frames: list[FromServer]) -> list[FromServer]:
    assembly = Assembly()
    taken = [assembly.take(decode_server(encode(frame))) for frame in frames]
    return [frame for frame in taken if frame is not None]


def test_a_short_answer_is_one_frame() -> None:
    short = opened(CUT_BEYOND_BYTES)
    assert list(portions(short)) == [short]


@given(st.integers(CUT_BEYOND_BYTES + 1, CUT_BEYOND_BYTES + 3 * PORTION_BYTES))
def test_any_length_comes_back_as_it_was(byte_count: int) -> None:
    whole = opened(byte_count)
    cut: list[FromServer] = list(portions(whole))
    assert all(isinstance(frame, Portion) for frame in cut[:-1])
    assert max(len(encode(frame)) for frame in cut) < PORTION_BYTES + 100
    assert assembled(cut) == [whole]


def test_the_longest_update_fits() -> None:
    whole = opened(MAX_OUTBOUND_BYTES)
    assert assembled(list(portions(whole))) == [whole]


def test_other_frames_pass_between_portions() -> None:
    whole, reply = opened(300_000), ProbeReply(1, 2, 3, 4)
    cut: list[FromServer] = list(portions(whole))
    assert assembled([*cut[:3], reply, *cut[3:]]) == [reply, whole]


def test_a_long_change_comes_back_as_it_was() -> None:
    change, short = Changed("queue:r1", bytes(range(250)) * 2_000), Changed("queue:r1", b"\x00\x00")
    cut: list[FromServer] = list(portions(change))
    assert len(cut) > 2
    assert assembled([*cut, short]) == [change, short]
    assert list(portions(short)) == [short]


def test_documents_do_not_mix() -> None:
    first, second = opened(300_000), opened(400_000, "queue:r2")
    cut = [frame for pair in zip(portions(first), portions(second), strict=False) for frame in pair]
    rest = list(portions(second))[len(list(portions(first))) :]
    assert assembled([*cut, *rest]) == [first, second]


def test_a_later_answer_replaces_an_unfinished_one() -> None:
    old, new = list(portions(opened(300_000))), opened(350_000)
    assert assembled([*old[:4], *portions(new)]) == [new]
    short = opened(10)
    assert assembled([*old[:4], short]) == [short]


def test_an_end_without_its_beginning_is_dropped() -> None:
    cut = list(portions(opened(300_000)))
    assert assembled([cut[-1]]) == []
    assert assembled([*cut[:2], cut[-1], Changed("queue:r1", b"\x00\x00")]) == [Changed("queue:r1", b"\x00\x00")]


def test_a_new_connection_knows_nothing_of_the_old_one() -> None:
    cut = list(portions(opened(300_000)))
    lost = Assembly()
    assert lost.take(cut[0]) is None
    with pytest.raises(MalformedFrame, match="missing"):
        Assembly().take(cut[1])


@pytest.mark.parametrize(
    "portion",
    [
        Portion("queue:r1", 0, MAX_OUTBOUND_BYTES + 1, b"x"),
        Portion("queue:r1", 0, 1, b"xy"),
        Portion("queue:r1", 7, 100, b"x"),
    ],
)
def test_a_server_that_keeps_to_no_limit_is_refused(portion: Portion) -> None:
    with pytest.raises(MalformedFrame):
        Assembly().take(portion)


def test_a_gap_is_refused() -> None:
    assembly = Assembly()
    assembly.take(Portion("queue:r1", 0, 100, b"xy"))
    with pytest.raises(MalformedFrame, match="before 3"):
        assembly.take(Portion("queue:r1", 3, 100, b"z"))


def test_the_number_of_unfinished_documents_is_bounded() -> None:
    assembly = Assembly()
    for room in range(MOST_UNFINISHED):
        assembly.take(Portion(f"queue:r{room}", 0, 100, b"x"))
    assembly.take(Portion("queue:r1", 0, 100, b"x"))
    with pytest.raises(MalformedFrame, match="at a time"):
        assembly.take(Portion("queue:other", 0, 100, b"x"))
