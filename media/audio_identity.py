"""The identity of a recording: a hash of its sound data without its tags.

It survives moving, renaming and retagging, so a track keeps its id, its place in queues and everything measured. Reading a
whole library would take hours, so the hash covers the length of the sound data and samples of it (the first 256 KiB, 64 KiB
in the middle, the last 64 KiB); two recordings that agree in all of these are the same one. FLAC files carry an MD5 of their
decoded samples, which is better still and costs nothing.
"""

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO, Final

HEAD_BYTES: Final = 256 * 1024
PIECE_BYTES: Final = 64 * 1024
# Ogg pages are collected until this much sound data was seen from the start.
_OGG_PAGE_HEADER: Final = struct.Struct("<4sBBqIIIB")


def audio_identity(path: Path) -> str:
    """40 hex characters (BLAKE2b-160) that name the sound in `path`.

    Raises:
        OSError: The file cannot be read.
        ValueError: The container is too damaged to find its sound data.
    """
    with path.open("rb") as file:
        magic = file.read(12)
        if magic[:4] == b"fLaC" or magic[:3] == b"ID3":
            start = _after_id3(file)
            file.seek(start)
            if file.read(4) == b"fLaC":
                return _flac(file, start + 4)
            return _sampled(file, b"mpeg", *_mpeg_region(file, start))
        if magic[:4] == b"OggS":
            return _ogg(file)
        if magic[4:8] == b"ftyp":
            return _sampled(file, b"mp4", *_box_region(file))
        if magic[:4] in (b"RIFF", b"FORM"):
            return _sampled(file, b"pcm", *_chunk_region(file, is_riff=magic[:4] == b"RIFF"))
        return _sampled(file, b"mpeg", *_mpeg_region(file, 0))


def _digest(*parts: bytes) -> str:
    state = hashlib.blake2b(digest_size=20)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.hexdigest()


def _sampled(file: BinaryIO, form: bytes, start: int, end: int) -> str:
    length = end - start
    if length <= 0:
        raise ValueError("no sound data was found")
    pieces = []
    for offset, wanted in ((0, HEAD_BYTES), (length // 2, PIECE_BYTES), (max(0, length - PIECE_BYTES), PIECE_BYTES)):
        file.seek(start + offset)
        pieces.append(file.read(min(wanted, length - offset)))
    return _digest(form, length.to_bytes(8, "little"), *pieces)


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _after_id3(file: BinaryIO) -> int:
    """Offset behind any ID3v2 tags at the start."""
    start = 0
    while True:
        file.seek(start)
        header = file.read(10)
        if len(header) < 10 or header[:3] != b"ID3":
            return start
        # Four bytes of seven bits each; a footer, when flagged, is ten bytes more.
        length = (header[6] & 127) << 21 | (header[7] & 127) << 14 | (header[8] & 127) << 7 | (header[9] & 127)
        start += 10 + length + (10 if header[5] & 0x10 else 0)


def _mpeg_region(file: BinaryIO, start: int) -> tuple[int, int]:
    """From the first frame to before ID3v1, Lyrics3 and APE tags at the end."""
    end = _size(file)
    if end - start > 128:
        file.seek(end - 128)
        if file.read(3) == b"TAG":
            end -= 128
    if end - start > 32:
        file.seek(end - 32)
        footer = file.read(32)
        if footer[:8] == b"APETAGEX":
            length, flags = struct.unpack_from("<I", footer, 12)[0], struct.unpack_from("<I", footer, 20)[0]
            end -= length + (32 if flags & 0x80000000 else 0)
    return start, end


def _flac(file: BinaryIO, position: int) -> str:
    """STREAMINFO's MD5 with sample count and rate; the frames themselves if an encoder left the MD5 out."""
    is_last, md5, facts = False, b"", b""
    while not is_last:
        file.seek(position)
        header = file.read(4)
        if len(header) < 4:
            raise ValueError("the FLAC metadata is cut off")
        is_last, kind, length = bool(header[0] & 128), header[0] & 127, int.from_bytes(header[1:], "big")
        if kind == 0:
            body = file.read(34)
            facts, md5 = body[10:18], body[18:34]
        position += 4 + length
    if any(md5):
        return _digest(b"flac", facts, md5)
    return _sampled(file, b"flac", position, _size(file))


def _box_region(file: BinaryIO) -> tuple[int, int]:
    """The largest ``mdat`` box of an MP4 file."""
    end, position, best = _size(file), 0, (0, 0)
    while position + 8 <= end:
        file.seek(position)
        header = file.read(16)
        length, header_length = int.from_bytes(header[:4], "big"), 8
        if length == 1 and len(header) == 16:
            length, header_length = int.from_bytes(header[8:16], "big"), 16
        elif length == 0:
            length = end - position
        if length < header_length:
            break
        if header[4:8] == b"mdat" and length > best[1] - best[0]:
            best = (position + header_length, min(position + length, end))
        position += length
    return best


def _chunk_region(file: BinaryIO, *, is_riff: bool) -> tuple[int, int]:
    """The ``data`` chunk of a WAV or the ``SSND`` chunk of an AIFF file."""
    end, position, wanted = _size(file), 12, b"data" if is_riff else b"SSND"
    while position + 8 <= end:
        file.seek(position)
        header = file.read(8)
        length = int.from_bytes(header[4:8], "little" if is_riff else "big")
        if header[:4] == wanted:
            return position + 8, min(position + 8 + length, end)
        position += 8 + length + (length & 1)
    return 0, 0


def _ogg(file: BinaryIO) -> str:
    """Sound packets of an Ogg stream: retagging renumbers pages, so only payloads of pages with sound count."""
    pieces, seen, position = [], 0, 0
    end = _size(file)
    while position < end and seen < HEAD_BYTES:
        file.seek(position)
        header = file.read(_OGG_PAGE_HEADER.size)
        if len(header) < _OGG_PAGE_HEADER.size or header[:4] != b"OggS":
            break
        granule, segments = _OGG_PAGE_HEADER.unpack(header)[3], header[26]
        length = sum(file.read(segments))
        # Header pages (identification, comments, codebooks) stand at granule 0.
        if granule > 0:
            pieces.append(file.read(length))
            seen += length
        position += 27 + segments + length
    if not pieces:
        raise ValueError("no sound data was found")
    return _digest(b"ogg", _last_granule(file, end), *pieces)


def _last_granule(file: BinaryIO, end: int) -> bytes:
    """Granule position of the last page: the length of the recording."""
    file.seek(max(0, end - 2 * 65536))
    tail = file.read()
    place = tail.rfind(b"OggS")
    return tail[place + 6 : place + 14] if place >= 0 else b""
