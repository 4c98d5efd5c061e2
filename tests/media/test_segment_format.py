import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.segment_format import (
    OPUS_HEAD,
    SEGMENT_FRAMES,
    content_type,
    frames_in_segment,
    pack_packets,
    packets_in_segment,
    segment_count,
    unpack_packets,
)

packets_of_any_kind = st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=30)


@given(packets_of_any_kind)
def test_packets_come_back_as_they_went_in(packets: list[bytes]) -> None:
    assert unpack_packets(pack_packets(packets)) == packets


def test_the_documented_example_holds_byte_for_byte() -> None:
    container = bytes.fromhex("48 4F 50 31 02 00 02 00 03 00 FC FF FC FF FE")
    assert pack_packets([b"\xfc\xff", b"\xfc\xff\xfe"]) == container


@given(packets_of_any_kind, st.data())
def test_no_shortened_or_lengthened_container_is_taken(packets: list[bytes], data: st.DataObject) -> None:
    container = pack_packets(packets)
    cut = data.draw(st.integers(0, len(container) - 1))
    for wrong in (container[:cut], container + b"\0"):
        with pytest.raises(ValueError, match="expected"):
            unpack_packets(wrong)


@given(st.binary(max_size=64))
def test_any_bytes_are_unpacked_or_refused(content: bytes) -> None:
    try:
        packets = unpack_packets(b"HOP1" + content)
    except ValueError:
        return
    assert pack_packets(packets) == b"HOP1" + content


@pytest.mark.parametrize("packets", [[], [b""], [b"x" * 65536], [b"x"] * 513])
def test_packets_beyond_the_limits_are_not_packed(packets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="expected 1"):
        pack_packets(packets)


@given(st.integers(1, 3_000_000))
def test_segments_cover_a_recording_exactly(frames: int) -> None:
    lengths = [frames_in_segment(frames, index) for index in range(segment_count(frames))]
    assert sum(lengths) == frames
    assert min(lengths) > 0
    assert set(lengths[:-1]) <= {SEGMENT_FRAMES}
    assert frames_in_segment(frames, len(lengths)) == 0


def test_a_full_segment_has_eight_packets_before_and_one_behind() -> None:
    assert packets_in_segment(SEGMENT_FRAMES) == 8 + 200 + 1
    assert packets_in_segment(1) == 8 + 1
    # 312 samples late: the last packet that would just fit needs one more behind it.
    assert packets_in_segment(960 - 312) == 8 + 1
    assert packets_in_segment(960 - 311) == 8 + 2


def test_the_head_is_the_one_of_rfc_7845() -> None:
    assert OPUS_HEAD.hex(" ") == "4f 70 75 73 48 65 61 64 01 02 38 01 80 bb 00 00 00 00 00"
    assert content_type("opus") != content_type("flac") == "audio/flac"
