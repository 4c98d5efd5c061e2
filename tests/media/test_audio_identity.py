from pathlib import Path

import mutagen
import pytest
from mutagen.id3 import TIT2

from media.audio_identity import audio_identity
from tests.media.sounds import music, write_sound

KINDS = ["mp3", "aac", "alac", "flac", "vorbis", "opus", "wav", "aiff"]


def retag(path: Path, text: str) -> None:
    """Write a long comment, so that everything behind the tags moves."""
    file = mutagen.File(path, easy=True)
    assert file is not None
    if file.tags is None:
        file.add_tags()
    if path.suffix in (".wav", ".aiff"):
        file.tags.add(TIT2(encoding=3, text=[text * 50]))  # type: ignore[no-untyped-call]  # mutagen types it partly
    else:
        file["title"] = text * 50
    file.save()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_retagging_moving_and_renaming_keep_the_identity(kind: str, tmp_path: Path) -> None:
    path = write_sound(tmp_path, kind, music(48_000))
    before = audio_identity(path)
    retag(path, "Another title ")
    assert audio_identity(path) == before
    moved = path.rename(tmp_path / f"moved{path.suffix}")
    assert audio_identity(moved) == before
    assert len(before) == 40


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_another_recording_has_another_identity(kind: str, tmp_path: Path) -> None:
    one = write_sound(tmp_path, kind, music(48_000, seed=1), stem="one")
    other = write_sound(tmp_path, kind, music(48_000, seed=2), stem="other")
    assert audio_identity(one) != audio_identity(other)


@pytest.mark.parametrize(
    "content", [b"", b"OggS", b"fLaC", b"RIFF\x00\x00\x00\x00WAVE", b"ID3\x04\x00\x00\x00\x00\x00\x00"]
)
def test_a_file_without_sound_has_no_identity(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.mp3"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"sound data|cut off"):
        audio_identity(path)


def test_id3v1_and_ape_tags_at_the_end_do_not_count(tmp_path: Path) -> None:
    sound = bytes(range(256)) * 600
    plain, tagged = tmp_path / "a.mp3", tmp_path / "b.mp3"
    plain.write_bytes(sound)
    items = b"y" * 32
    # Footer: magic, version, length of items and footer, number of items, flags (no header), reserved.
    footer = b"APETAGEX" + (2000).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(16)
    tagged.write_bytes(sound + items + footer + b"TAG" + bytes(125))
    assert audio_identity(plain) == audio_identity(tagged)
