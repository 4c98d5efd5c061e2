from pathlib import Path

import mutagen
import pytest
from mutagen.flac import FLAC, Picture

from media.tag_messages import Tags, Unreadable
from media.tags import read_tags
from tests.media.sounds import music, write_sound

JPEG = b"\xff\xd8\xff\xe0" + bytes(100)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mp3", "aac", "flac", "vorbis", "opus"])
def test_tags_of_every_format_are_read(kind: str, tmp_path: Path) -> None:
    path = write_sound(tmp_path, kind, music(2 * 48_000))
    file = mutagen.File(path, easy=True)
    assert file is not None
    if file.tags is None:
        file.add_tags()
    for name, value in {
        "title": "So  What",
        "artist": "Miles Davis",
        "album": "Kind of Blue",
        "genre": "Jazz",
        "date": "1959-08-17",
        "tracknumber": "1/5",
    }.items():
        file[name] = value
    file.save()
    tags = read_tags(path)
    assert isinstance(tags, Tags)
    assert (tags.title, tags.artist, tags.album, tags.genre) == ("So What", "Miles Davis", "Kind of Blue", "Jazz")
    assert (tags.year, tags.track_number) == (1959, 1)
    assert tags.length_micros == pytest.approx(2_000_000, abs=60_000)


@pytest.mark.slow
def test_a_file_without_tags_is_called_by_its_name(tmp_path: Path) -> None:
    tags = read_tags(write_sound(tmp_path, "wav", music(48_000), stem="Field recording"))
    assert isinstance(tags, Tags)
    assert (tags.title, tags.artist, tags.year, tags.cover) == ("Field recording-wav", "", None, b"")


@pytest.mark.slow
def test_the_embedded_picture_goes_before_the_one_in_the_folder(tmp_path: Path) -> None:
    path = write_sound(tmp_path, "flac", music(48_000))
    (tmp_path / "cover.jpg").write_bytes(JPEG + b"folder")
    tags = read_tags(path)
    assert isinstance(tags, Tags)
    assert tags.cover == JPEG + b"folder"
    file = FLAC(path)  # type: ignore[no-untyped-call]  # mutagen types it partly
    picture = Picture()  # type: ignore[no-untyped-call]  # mutagen types it partly
    picture.data, picture.type, picture.mime = JPEG + b"own", 3, "image/jpeg"
    file.add_picture(picture)  # type: ignore[no-untyped-call]  # mutagen types it partly
    file.save()
    tags = read_tags(path)
    assert isinstance(tags, Tags)
    assert tags.cover == JPEG + b"own"


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"OggS" + bytes(100), b"fLaC\x00\x00\x00\x22" + bytes(34), b"\x00" * 5000]
)
def test_what_is_no_sound_is_told_with_a_reason(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.flac"
    path.write_bytes(content)
    reading = read_tags(path)
    assert isinstance(reading, Unreadable)
    assert reading.reason


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert isinstance(read_tags(tmp_path / "gone.mp3"), Unreadable)
