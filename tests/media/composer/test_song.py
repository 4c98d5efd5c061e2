import pytest

from media.composer.songs import SONGS


def test_length_counts_bars_and_what_rings_out() -> None:
    song = SONGS[0]
    assert song.seconds == pytest.approx(30 * 4 * 60 / 72 + 7)
