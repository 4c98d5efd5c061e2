import pytest

from media.analysis.mood import mood_of, valence_estimate


def test_major_quick_and_bright_is_cheerful() -> None:
    middle = valence_estimate("", 0, None, 700)
    assert middle == 0.5
    assert valence_estimate("C major", 0.5, None, 700) > middle > valence_estimate("C minor", 0.5, None, 700)
    assert valence_estimate("", 0, 160, 700) > middle > valence_estimate("", 0, 60, 700)
    assert valence_estimate("", 0, None, 1_500) > middle > valence_estimate("", 0, None, 200)


def test_an_uncertain_key_says_little() -> None:
    assert valence_estimate("C major", 0.9, None, 700) > valence_estimate("C major", 0.1, None, 700)


def test_it_stays_between_dark_and_bright() -> None:
    assert valence_estimate("C major", 1, 400, 9_000) == 1.0
    assert valence_estimate("C minor", 1, 1, 0) == 0.0


@pytest.mark.parametrize(
    ("energy", "valence", "word"),
    [(0.9, 0.9, "lively"), (0.9, 0.1, "intense"), (0.1, 0.9, "serene"), (0.1, 0.1, "wistful")],
)
def test_each_corner_has_a_word(energy: float, valence: float, word: str) -> None:
    assert mood_of(energy, valence) == word
