import numpy as np
import pytest

from media.problem import MediaProblem
from media.stems.bag import Bag
from tests.media.stems.fakes import Shares, noise


def test_models_answer_together() -> None:
    bag = Bag([Shares(shares=(0.5, 0.25)), Shares(shares=(0.25, 0.75))])
    window = noise(1000)
    np.testing.assert_allclose(bag.estimate(window), np.stack([0.375 * window, 0.5 * window]), atol=1e-7)


def test_each_stem_may_have_its_own_model() -> None:
    bag = Bag([Shares(shares=(0.5, 0.25)), Shares(shares=(0.25, 0.75))], [[1, 0], [0, 1]])
    window = noise(1000)
    np.testing.assert_allclose(bag.estimate(window), np.stack([0.5 * window, 0.75 * window]), atol=1e-7)


def test_a_model_that_counts_for_nothing_is_not_asked() -> None:
    idle = Shares()
    Bag([Shares(), idle], [[1, 1], [0, 0]]).estimate(noise(1000))
    assert idle.asked == 0


@pytest.mark.parametrize(
    ("separators", "weights"),
    [
        ([], None),
        ([Shares(), Shares(rate_hz=44_100)], None),
        ([Shares(), Shares(shares=(1, 0, 0))], None),
        ([Shares()], [[1]]),
        ([Shares()], [[1, 0]]),
    ],
)
def test_what_does_not_go_together_is_refused(separators: list[Shares], weights: list[list[float]] | None) -> None:
    with pytest.raises(MediaProblem) as caught:
        Bag(separators, weights)
    assert caught.value.code == "damaged-model"
