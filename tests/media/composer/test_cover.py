import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from media.composer.cover import SIDE_PIXELS, cover_jpeg
from media.composer.songs import SONGS


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.mark.slow
def test_covers_are_distinct_pictures_of_one_size() -> None:
    covers = [cover_jpeg(song) for song in SONGS]
    pictures = [np.asarray(opened(data).resize((16, 16)), np.float64) for data in covers]
    for number, data in enumerate(covers):
        assert data.startswith(b"\xff\xd8\xff")
        assert opened(data).size == (SIDE_PIXELS, SIDE_PIXELS)
        assert len(data) < 200_000
        for other in range(number):
            assert np.abs(pictures[number] - pictures[other]).mean() > 15


@pytest.mark.slow
def test_a_cover_belongs_to_its_seed() -> None:
    assert cover_jpeg(SONGS[0]) == cover_jpeg(SONGS[0])
    assert cover_jpeg(SONGS[0]) != cover_jpeg(replace(SONGS[0], seed=1))


def test_an_unknown_mood_is_refused() -> None:
    with pytest.raises(ValueError, match="no palette"):
        cover_jpeg(replace(SONGS[0], mood="beige"))
