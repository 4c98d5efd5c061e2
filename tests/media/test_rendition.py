from dataclasses import replace

import pytest

from media.bend import PLAIN, Bend
from media.rendition import Rendition


def test_the_same_wish_has_the_same_key_in_every_process() -> None:
    # Pinned: a changed key loses every cached segment, which only a raised ALGORITHM_VERSION may do.
    assert Rendition("ab").key == Rendition("ab", "opus", 160).key
    assert Rendition("ab", "opus", 128).key == "46e8715a26dc7d757cc0d2fa20b087bd"


@pytest.mark.parametrize(
    "other",
    [
        {"source": "ac"},
        {"codec": "flac"},
        {"kilobits": 96},
        {"tempo_permille": 1001},
        {"pitch_cents": -1},
        {"keeps_formants": True},
        {"stem": "drums", "model": "a@1"},
    ],
)
def test_every_part_of_a_wish_counts(other: dict[str, object]) -> None:
    plain = Rendition("ab")
    assert replace(plain, **other).key != plain.key  # type: ignore[arg-type]  # each case names a field with its type


def test_every_model_makes_stems_of_its_own() -> None:
    stems = [Rendition("ab", stem=stem, model=model) for stem in ("drums", "bass") for model in ("a@1", "a@2", "b@1")]
    assert len({each.key for each in stems}) == len({each.sound for each in stems}) == 6
    assert Rendition("ab").sound == "ab"


def test_stems_are_softer_than_they_are_and_bent_ones_more_so() -> None:
    stem = Rendition("ab", stem="drums", model="a@1")
    assert (Rendition("ab").headroom_db, stem.headroom_db) == (0, 6.02)
    assert replace(stem, tempo_permille=800).headroom_db == 12.04


def test_bits_mean_nothing_to_flac() -> None:
    assert Rendition("ab", "flac", 0).key == Rendition("ab", "flac", 128).key


def test_what_is_done_to_time_and_pitch_is_one_value() -> None:
    assert Rendition("ab").bend == PLAIN
    assert Rendition("ab", "opus", 128, 800, -5, keeps_formants=True).bend == Bend(800, -5, keeps_formants=True)
    with pytest.raises(ValueError, match="tempo"):
        _ = Rendition("ab", tempo_permille=10).bend
