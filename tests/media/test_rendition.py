from dataclasses import replace

import pytest

from media.bend import PLAIN, Bend
from media.rendition import Rendition


def test_the_same_wish_has_the_same_key_in_every_process() -> None:
    # Pinned: a changed key loses every cached segment, which only a raised ALGORITHM_VERSION may do.
    assert Rendition("ab").key == Rendition("ab", "opus", 128).key == "cdaf9c477989172addb399f86da9b2d2"


@pytest.mark.parametrize(
    "other",
    [
        {"source": "ac"},
        {"codec": "flac"},
        {"kilobits": 96},
        {"tempo_permille": 1001},
        {"pitch_cents": -1},
        {"keeps_formants": True},
        {"stems": frozenset({"drums"})},
    ],
)
def test_every_part_of_a_wish_counts(other: dict[str, object]) -> None:
    plain = Rendition("ab")
    assert replace(plain, **other).key != plain.key  # type: ignore[arg-type]  # each case names a field with its type


def test_the_order_of_stems_does_not_count() -> None:
    assert Rendition("ab", stems=frozenset("xyz")).key == Rendition("ab", stems=frozenset("zxy")).key


def test_bits_mean_nothing_to_flac() -> None:
    assert Rendition("ab", "flac", 0).key == Rendition("ab", "flac", 128).key


def test_what_is_done_to_time_and_pitch_is_one_value() -> None:
    assert Rendition("ab").bend == PLAIN
    assert Rendition("ab", "opus", 128, 800, -5, keeps_formants=True).bend == Bend(800, -5, keeps_formants=True)
    with pytest.raises(ValueError, match="tempo"):
        _ = Rendition("ab", tempo_permille=10).bend
