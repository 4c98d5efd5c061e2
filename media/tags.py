"""What a file's tags say, without decoding its sound. Read by `media/tag_reader.py` in processes of their own."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, cast

import mutagen
from mutagen import FileType
from mutagen.flac import Picture

from media.audio_identity import audio_identity
from media.tag_messages import Reading, Tags, Unreadable

COVER_NAMES: Final = ("cover.jpg", "cover.png", "folder.jpg", "folder.png", "front.jpg")
MOST_COVER_BYTES: Final = 4 * 1024 * 1024
MOST_TEXT: Final = 300


def read_tags(path: Path) -> Reading:
    """Tags, length and identity of one file. Never raises for what a file contains."""
    try:
        identity = audio_identity(path)
        file: object = mutagen.File(path)
    except OSError as error:
        return Unreadable(str(path), error.strerror or str(error))
    except (mutagen.MutagenError, ValueError, KeyError, IndexError, ArithmeticError) as error:
        return Unreadable(str(path), f"its header is damaged: {error}")
    if not isinstance(file, FileType):
        return Unreadable(str(path), "it is not a sound file of a known format")
    length = getattr(file.info, "length", 0) or 0
    return Tags(
        path=str(path),
        audio_hash=identity,
        title=_text(file, "TIT2", "title", "\xa9nam", "TITLE") or path.stem,
        artist=_text(file, "TPE1", "artist", "\xa9ART", "ARTIST"),
        album=_text(file, "TALB", "album", "\xa9alb", "ALBUM"),
        genre=_text(file, "TCON", "genre", "\xa9gen", "GENRE"),
        year=_number(_text(file, "TDRC", "TYER", "date", "\xa9day", "DATE")[:4]),
        track_number=_number(_text(file, "TRCK", "tracknumber", "TRACKNUMBER")) or _pair(file, "trkn"),
        disc_number=_number(_text(file, "TPOS", "discnumber", "DISCNUMBER")) or _pair(file, "disk"),
        length_micros=int(length * 1_000_000),
        cover=_cover(file, path),
    )


def _values(file: FileType, name: str) -> Iterable[object]:
    tags = cast("Mapping[str, object] | None", file.tags)  # mutagen declares the attribute as always None
    if tags is None:
        return ()
    try:
        value = tags[name]
    except (KeyError, ValueError):
        return ()
    texts = getattr(value, "text", value)
    return texts if isinstance(texts, list) else (texts,)


def _text(file: FileType, *names: str) -> str:
    for name in names:
        for value in _values(file, name):
            text = " ".join(str(value).split())
            if text:
                return text[:MOST_TEXT]
    return ""


def _number(text: str) -> int | None:
    digits = text.partition("/")[0].strip()
    return int(digits) if digits.isdecimal() and len(digits) <= 6 else None


def _pair(file: FileType, name: str) -> int | None:
    for value in _values(file, name):
        if isinstance(value, tuple) and value and isinstance(value[0], int):
            return value[0] or None
    return None


def _cover(file: FileType, path: Path) -> bytes:
    for candidate in (*_embedded(file), *_beside(path)):
        if 0 < len(candidate) <= MOST_COVER_BYTES and _is_picture(candidate):
            return candidate
    return b""


def _embedded(file: FileType) -> Iterable[bytes]:
    for picture in getattr(file, "pictures", ()):
        yield picture.data
    tags: object = file.tags
    if hasattr(tags, "getall"):
        for frame in tags.getall("APIC"):
            yield frame.data
    for value in _values(file, "covr"):
        yield bytes(value) if isinstance(value, bytes) else b""
    for value in _values(file, "metadata_block_picture"):
        yield _ogg_picture(str(value))


def _ogg_picture(text: str) -> bytes:
    try:
        return bytes(Picture(base64.b64decode(text)).data)  # type: ignore[no-untyped-call]  # mutagen types it partly
    except (binascii.Error, mutagen.MutagenError, ValueError):
        return b""


def _beside(path: Path) -> Iterable[bytes]:
    for name in COVER_NAMES:
        picture = path.with_name(name)
        try:
            if picture.stat().st_size <= MOST_COVER_BYTES:
                yield picture.read_bytes()
        except OSError:
            continue


def _is_picture(data: bytes) -> bool:
    return (
        data[:3] == b"\xff\xd8\xff"
        or data[:8] == b"\x89PNG\r\n\x1a\n"
        or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
    )
