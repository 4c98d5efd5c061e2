"""Damaged sound files: every kind of harm that disks, downloads and strangers do to files of every format we play.

``python -m tests.media.damage FOLDER`` writes them all, to look at or to try with other programs.
"""

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.media.sounds import FORMATS, music, write_sound

_SECONDS: Final = 2
_FLIPS: Final = 40
_HEAD: Final = 64
# First bytes of files that are no sound but might be called so.
_STRANGERS: Final = {
    "empty": b"",
    "one byte": b"\x00",
    "zeros": bytes(100_000),
    "ones": b"\xff" * 100_000,
    "text": b"Dear Hana,\nthe music is in the other folder.\n" * 100,
    "web page": b"<!doctype html><title>404</title>" * 50,
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(5_000),
    "archive": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256)) * 20,
    "program": b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 20,
    "playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\nhttp://127.0.0.1:1/a.mp3\n",
    "live stream": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n",
    "script of sources": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "only a tag": b"ID3\x04\x00\x00\x00\x00\x0f\x76" + bytes(2_038),
    "a tag without end": b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(2_000),
}


@dataclass(frozen=True, slots=True)
class Damaged:
    """A damaged file.

    Attributes:
        name: Format, kind of damage and its number; the same on every run.
        suffix: What the file is called at its end.
        content: Its bytes.
    """

    name: str
    suffix: str
    content: bytes


def corpus(folder: Path, *, thin: int = 1) -> Iterator[Damaged]:
    """All damaged files, or every `thin`th of each kind; sound ones are made in `folder` first."""
    for kind, content in _STRANGERS.items():
        for suffix in sorted({format_.suffix for format_ in FORMATS.values()})[:: 1 if thin == 1 else 3]:
            yield Damaged(f"{kind} as {suffix}", suffix, content)
    for name, format_ in FORMATS.items():
        rate = format_.rates[0]
        whole = write_sound(folder, name, music(_SECONDS * rate, rate=rate), rate, stem="whole").read_bytes()
        for kind, damages in _KINDS.items():
            for number, content in enumerate(damages(whole, random.Random(f"{name} {kind}"))):
                if number % thin == 0:
                    yield Damaged(f"{name}, {kind} {number}", format_.suffix, content)
        for suffix in (".mp3", ".flac", ".txt", ""):
            yield Damaged(f"{name} called {suffix or 'nothing'}", suffix, whole)


def _truncated(whole: bytes, _: random.Random) -> Iterator[bytes]:
    for percent in range(100):
        yield whole[: len(whole) * percent // 100]


def _flipped(whole: bytes, chance: random.Random) -> Iterator[bytes]:
    for number in range(_FLIPS):
        content = bytearray(whole)
        for _ in range(2 ** (number % 10)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        yield bytes(content)


def _absurd_heads(whole: bytes, chance: random.Random) -> Iterator[bytes]:
    """Every field of a header at its least, at its most and at random."""
    for at in range(0, _HEAD, 2):
        for field in (b"\x00\x00", b"\xff\xff", b"\x7f\xff", b"\xff\x7f", chance.randbytes(2)):
            yield whole[:at] + field + whole[at + 2 :]
    for length in (4, 16, 256, 4_096):
        yield chance.randbytes(length) + whole[length:]
        yield b"\xff" * length + whole[length:]


def _zeroed(whole: bytes, chance: random.Random) -> Iterator[bytes]:
    """What a file system leaves after a crash: pages of zeros."""
    for number in range(20):
        length = min(len(whole), 512 << number % 8)
        first = chance.randrange(len(whole) - length + 1)
        yield whole[:first] + bytes(length) + whole[first + length :]
    yield bytes(len(whole))
    yield whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2)


def _shuffled(whole: bytes, chance: random.Random) -> Iterator[bytes]:
    """Pieces lost, doubled, swapped, or between garbage."""
    for _ in range(8):
        first, second = sorted((chance.randrange(len(whole)), chance.randrange(len(whole))))
        yield whole[:first] + whole[second:]
        yield whole[:second] + whole[first:]
        yield whole[second:] + whole[first:second] + whole[:first]
    yield chance.randbytes(5_000) + whole
    yield whole + chance.randbytes(5_000)
    yield whole + whole


_KINDS: Final[dict[str, Callable[[bytes, random.Random], Iterator[bytes]]]] = {
    "truncated": _truncated,
    "flipped bits": _flipped,
    "absurd head": _absurd_heads,
    "zeroed": _zeroed,
    "shuffled": _shuffled,
}


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for damaged in corpus(target):
        (target / f"{damaged.name}{damaged.suffix}").write_bytes(damaged.content)
