"""The process that reads tags: ``python -m media.tag_reader``.

Paths come on standard input and readings go to standard output, each a MessagePack value behind its length (uint32, little
endian). A file that brings the process down costs only itself: the server starts another and reports the file as unreadable.
Covers travel once per album: further files of the folder with the same picture carry the mark ``=`` instead.
"""

import sys
from pathlib import Path
from typing import BinaryIO

import msgspec

from media.tag_messages import LENGTH, SAME_COVER, Reading, Tags
from media.tags import read_tags


def read_exactly(stream: BinaryIO, count: int) -> bytes:
    """`count` bytes, or fewer at the end of the stream."""
    parts = []
    while count > 0:
        part = stream.read(count)
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer paths with readings until `source` ends."""
    covers: dict[str, bytes] = {}
    while True:
        header = read_exactly(source, LENGTH.size)
        if len(header) < LENGTH.size:
            return
        path = read_exactly(source, LENGTH.unpack(header)[0]).decode("utf-8")
        reading = _without_repeated_cover(read_tags(Path(path)), covers)
        body = msgspec.msgpack.encode(reading)
        sink.write(LENGTH.pack(len(body)) + body)
        sink.flush()


def _without_repeated_cover(reading: Reading, covers: dict[str, bytes]) -> Reading:
    """Send a picture once per album: copies of the last one become the mark for it."""
    if not isinstance(reading, Tags) or not reading.cover:
        return reading
    folder = str(Path(reading.path).parent)
    if covers.get(folder) == reading.cover:
        return msgspec.structs.replace(reading, cover=SAME_COVER)
    covers.clear()  # one album at a time keeps the process small
    covers[folder] = reading.cover
    return reading


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
