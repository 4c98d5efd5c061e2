import io
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.flac import FLAC
from PIL import Image

from media.composer.flac import COMPOSER_TAG, LICENCE_NOTE, maker_mark, mark_of, write_flac
from media.composer.oscillators import noise
from media.composer.songs import SONGS

SONG = SONGS[5]
MIX = noise(96_000, np.random.default_rng(1)).reshape(2, 48_000) * np.float32(0.5)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flac") / "song.flac"
    write_flac(path, MIX, SONG, maker_mark(3, SONG))
    return path


def test_the_samples_are_the_mix_in_sixteen_bits(written: Path) -> None:
    with av.open(str(written)) as container:
        stream = container.streams.audio[0]
        assert stream.rate == 48_000
        decoded = np.concatenate([frame.to_ndarray() for frame in container.decode(stream)], axis=1)
    assert np.array_equal(decoded.reshape(-1, 2).T, np.rint(MIX * 32768).astype(np.int16))


def test_tags_tell_what_it_is_and_that_it_is_free(written: Path) -> None:
    tags = FLAC(written)  # type: ignore[no-untyped-call]  # mutagen types it partly
    told = {
        name: tags[name][0]
        for name in ("title", "artist", "album", "genre", "tracknumber", "comment", "bpm", "initialkey")
    }
    assert told == {
        "title": "Northbound",
        "artist": "Tern & Tide",
        "album": "Open Windows",
        "genre": "Drum and Bass",
        "tracknumber": "6",
        "comment": LICENCE_NOTE,
        "bpm": "172",
        "initialkey": "F# minor",
    }
    assert "public domain (CC0)" in LICENCE_NOTE
    assert tags[COMPOSER_TAG][0] == f"3/{SONG.seed}"
    assert tags["date"][0].isdigit()


def test_the_cover_is_inside(written: Path) -> None:
    pictures = FLAC(written).pictures  # type: ignore[no-untyped-call]  # mutagen types it partly
    assert len(pictures) == 1
    assert (pictures[0].type, pictures[0].mime) == (3, "image/jpeg")
    assert Image.open(io.BytesIO(pictures[0].data)).size == (640, 640)


def test_the_mark_is_read_back(written: Path) -> None:
    assert mark_of(written) == maker_mark(3, SONG)


def test_files_of_others_have_no_mark(tmp_path: Path) -> None:
    stranger = tmp_path / "x.flac"
    stranger.write_bytes(b"not flac")
    assert mark_of(stranger) is None
    assert mark_of(tmp_path / "missing.flac") is None
