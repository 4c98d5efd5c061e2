import numpy as np
import pytest

from media.mixdown import mix_down, mixing_matrix

SURROUND = ["FL", "FR", "FC", "LFE", "SL", "SR"]


def test_stereo_is_passed_through_untouched() -> None:
    samples = np.random.default_rng(1).standard_normal((2, 10)).astype(np.float32)
    assert mix_down(samples, ["FL", "FR"]) is samples


def test_one_channel_goes_to_both_sides_at_its_own_level() -> None:
    samples = np.array([[0.5, -1.0]], np.float32)
    assert mix_down(samples, ["FC"]).tolist() == [[0.5, -1.0], [0.5, -1.0]]


@pytest.mark.parametrize(
    "speakers", [SURROUND, ["FL", "FR", "FC"], ["FL", "FR", "BL", "BR"], ["NONE"] * 5, [*SURROUND, "BL", "BR"]]
)
def test_full_scale_everywhere_is_full_scale_and_sides_stay_balanced(speakers: list[str]) -> None:
    mixed = mix_down(np.ones((len(speakers), 4), np.float32), speakers)
    assert np.abs(mixed).max() == pytest.approx(1.0)
    if "NONE" not in speakers:
        assert np.array_equal(mixed[0], mixed[1])


def test_each_loudspeaker_sounds_on_its_side_in_the_recommended_proportion() -> None:
    left, right = mixing_matrix(SURROUND)
    assert left[1] == left[5] == right[0] == right[4] == 0
    assert left[2] / left[0] == pytest.approx(np.sqrt(0.5))
    assert left[4] / left[0] == pytest.approx(np.sqrt(0.5))
    assert left[3] == right[3] == 0
