"""How one segment of a rendition looks on disk and on the wire. Free of numpy, so the server may import it.

A segment holds `SEGMENT_FRAMES` frames (4 s) of a rendition, the last one fewer. Segments are independent: each is decoded
by itself, in any order, and laid beside its neighbours without a seam.

**FLAC** segments (``audio/flac``) are complete FLAC files, 16 bit, of exactly the segment's frames.

**Opus** segments (``application/x-hathor-opus``) are raw Opus packets of 20 ms in the container HOP1, little endian::

    offset  size     field
    0       4        magic, the ASCII letters "HOP1"
    4       2        packet count n, uint16, 1 … 512
    6       2 n      length of each packet in bytes, uint16, 1 … 65535
    6 + 2n  …        the packets, one after the other, nothing after the last

Two packets of two and three bytes::

    48 4F 50 31  02 00  02 00 03 00  FC FF  FC FF FE
    H  O  P  1   n = 2  2     3      #1     #2

The packets begin `PRE_ROLL_FRAMES` before the segment's first frame and end with one packet more than its frames need,
because Opus sounds 312 samples late. A player opens a fresh decoder with `OPUS_HEAD` as its description (which makes it
drop the 312 samples itself), feeds all packets, drops the first `PRE_ROLL_FRAMES` frames of what comes out and keeps as
many as the segment has. At the very start of a recording the pre-roll is silence.
"""

import struct
from collections.abc import Sequence
from typing import Final

from media.rendition import Codec

# 4 s: small enough that the first one is there at once, large enough that a request per listener every 4 s costs little.
SEGMENT_FRAMES: Final = 192_000
PACKET_FRAMES: Final = 960

# A decoder that starts cold agrees with a warm one to better than 60 dB after 8 packets (measured; RFC 6716 says 80 ms).
PRE_ROLL_PACKETS: Final = 8
PRE_ROLL_FRAMES: Final = PRE_ROLL_PACKETS * PACKET_FRAMES

# Samples by which libopus sounds late at 48 kHz; the "pre-skip" field of the head below.
PRE_SKIP: Final = 312

OPUS_HEAD: Final = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, PRE_SKIP, 48_000, 0, 0)
"""Identification header of RFC 7845 section 5.1, 19 bytes: version 1, stereo, pre-skip 312, 48 kHz, gain 0, family 0."""

OPUS_CONTENT_TYPE: Final = "application/x-hathor-opus"
FLAC_CONTENT_TYPE: Final = "audio/flac"

_MAGIC: Final = b"HOP1"
_MOST_PACKETS: Final = 512


def segment_count(frames: int) -> int:
    """How many segments a rendition of `frames` frames has."""
    return -(-frames // SEGMENT_FRAMES)


def frames_in_segment(frames: int, index: int) -> int:
    """Frames in segment `index` of a rendition of `frames` frames; 0 beyond its end."""
    return max(0, min(SEGMENT_FRAMES, frames - index * SEGMENT_FRAMES))


def packets_in_segment(segment_frames: int) -> int:
    """Packets of an Opus segment of `segment_frames` frames, pre-roll and flush included (209 for a full one)."""
    return PRE_ROLL_PACKETS + -(-(segment_frames + PRE_SKIP) // PACKET_FRAMES)


def content_type(codec: Codec) -> str:
    """Media type a segment of this codec is served under."""
    return OPUS_CONTENT_TYPE if codec == "opus" else FLAC_CONTENT_TYPE


def pack_packets(packets: Sequence[bytes]) -> bytes:
    """The HOP1 container around `packets`.

    Raises:
        ValueError: No packet, more than 512, or one that is empty or longer than 65535 bytes.
    """
    lengths = [len(packet) for packet in packets]
    if not 1 <= len(lengths) <= _MOST_PACKETS or min(lengths) < 1 or max(lengths) > 0xFFFF:
        raise ValueError(f"expected 1 … 512 packets of 1 … 65535 bytes, got lengths {lengths[:8]} ({len(lengths)})")
    return b"".join([_MAGIC, struct.pack(f"<H{len(lengths)}H", len(lengths), *lengths), *packets])


def unpack_packets(container: bytes) -> list[bytes]:
    """The packets inside a HOP1 container.

    Raises:
        ValueError: `container` is not exactly one well-formed container.
    """
    if len(container) < 6 or container[:4] != _MAGIC:
        raise ValueError("expected a HOP1 container")
    (count,) = struct.unpack_from("<H", container, 4)
    offset = 6 + 2 * count
    if not 1 <= count <= _MOST_PACKETS or offset > len(container):
        raise ValueError(f"expected 1 … 512 packets and their lengths, got count {count}")
    lengths = struct.unpack_from(f"<{count}H", container, 6)
    if min(lengths) < 1 or offset + sum(lengths) != len(container):
        raise ValueError(f"expected {offset + sum(lengths)} bytes of non-empty packets, got {len(container)}")
    packets = []
    for length in lengths:
        packets.append(container[offset : offset + length])
        offset += length
    return packets
