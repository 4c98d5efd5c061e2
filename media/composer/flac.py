"""Finished songs as FLAC files with tags and cover."""

from pathlib import Path
from typing import Final

import numpy as np
from mutagen import MutagenError
from mutagen.flac import FLAC, Picture

from media.composer.cover import SIDE_PIXELS, cover_jpeg
from media.composer.samples import Audio
from media.composer.song import Song
from media.encode import flac_file
from media.pcm import Pcm

LICENCE_NOTE: Final = "Composed and rendered by Hathor RT's own code; dedicated to the public domain (CC0)."
"""What the comment of every file says."""
COMPOSER_TAG: Final = "HATHOR_COMPOSER"
"""Vorbis comment that says which composer made the file: ``<version>/<seed>``."""
_YEAR: Final = "2025"
_FRONT_COVER: Final = 3


def maker_mark(version: int, song: Song) -> str:
    """Value of `COMPOSER_TAG` for a song: equal marks mean equal sound."""
    return f"{version}/{song.seed}"


def write_flac(path: Path, mix: Audio, song: Song, mark: str) -> None:
    """Write `mix` (float32, shape (2, frames), 48 kHz) as 16 bit FLAC with tags and front cover.

    An interruption leaves half a file: give the path of a temporary one.
    """
    path.write_bytes(flac_file(Pcm(np.ascontiguousarray(mix))))
    file = FLAC(path)  # type: ignore[no-untyped-call]  # mutagen types it partly
    tags = {
        "title": song.title,
        "artist": song.artist,
        "album": song.album,
        "albumartist": "Hathor RT",
        "genre": song.genre,
        "date": _YEAR,
        "tracknumber": str(song.number),
        "bpm": f"{song.tempo_bpm:g}",
        "initialkey": song.key.name,
        "comment": LICENCE_NOTE,
        "license": "https://creativecommons.org/publicdomain/zero/1.0/",
        COMPOSER_TAG: mark,
    }
    for name, value in tags.items():
        file[name] = value
    picture = Picture()  # type: ignore[no-untyped-call]  # mutagen types it partly
    picture.type = _FRONT_COVER
    picture.mime = "image/jpeg"
    picture.width = picture.height = SIDE_PIXELS
    picture.depth = 24
    picture.data = cover_jpeg(song)
    file.clear_pictures()  # type: ignore[no-untyped-call]  # mutagen types it partly
    file.add_picture(picture)  # type: ignore[no-untyped-call]  # mutagen types it partly
    file.save()


def mark_of(path: Path) -> str | None:
    """The `COMPOSER_TAG` of a file; None if there is no such file, it is no FLAC file, or somebody else made it."""
    if not path.is_file():
        return None
    try:
        values = FLAC(path).get(COMPOSER_TAG)  # type: ignore[no-untyped-call]  # mutagen types it partly
    except MutagenError:
        return None
    return str(values[0]) if values else None
