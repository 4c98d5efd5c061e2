import pytest

from media.sound_kinds import suffix_of


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"fLaC\x00\x00\x00\x22abcd", ".flac"), (b"OggS\x00\x02abcdef", ".ogg"), (b"RIFF\x24\x00\x00\x00WAVE", ".wav"),
        (b"RF64\xff\xff\xff\xffWAVE", ".wav"), (b"FORM\x00\x00\x10\x00AIFF", ".aiff"), (b"FORM\x00\x00\x10\x00AIFC", ".aiff"),
        (b"\x00\x00\x00\x20ftypM4A ", ".m4a"), (b"ID3\x04\x00\x00\x00\x00\x00\x00ab", ".mp3"),
        (b"\xff\xfb\x90\x64abcdefgh", ".mp3"), (b"\xff\xf3\x80\xc4abcdefgh", ".mp3"),
    ],
)  # fmt: skip
def test_sound_is_known_by_its_first_bytes(head: bytes, suffix: str) -> None:
    assert suffix_of(head) == suffix


@pytest.mark.parametrize(
    "head",
    [
        b"", b"fLa", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00", b"\x7fELF\x02\x01\x01abcde",
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00ab",
        b"%PDF-1.7\nabc", b"<!DOCTYPE ht", b"RIFF\x24\x00\x00\x00AVI ", b"#!/bin/sh\nrm", b"\x1f\x8b\x08\x00abcdefgh",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\xff\xf1\x50\x80abcdefgh", b" ID3\x04abcdefg",
        b"\xff\xd8\xff\xe0abcdefgh",
    ],
)  # fmt: skip
def test_everything_else_is_none(head: bytes) -> None:
    assert suffix_of(head) is None
