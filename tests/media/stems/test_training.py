import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from media.stem_models import OUR_MODEL
from media.stems.folder import open_separator
from media.stems.model_file import read_model
from media.stems.packages import load_torch
from media.stems.training import DESCRIPTION, Recipe, Trainer, mean_loss, train
from media.stems.training_set import TrainingSet
from media.stems.training_songs import FIRST_HELD_OUT_SEED


def test_the_learning_rate_rises_and_falls_to_nothing() -> None:
    recipe = Recipe(steps=1000)
    rates = [recipe.learning_rate(step) for step in range(1001)]
    assert rates[0] < 0.1 * recipe.rate
    assert max(rates) == pytest.approx(recipe.rate, rel=0.02)
    assert rates.index(max(rates)) < 40
    assert rates[1000] == pytest.approx(0, abs=1e-9)
    assert all(a >= b for a, b in pairwise(rates[40:]))


def test_the_file_says_what_it_learnt_from() -> None:
    told = Recipe(songs=50).told(700)
    assert "no recordings" in told["trained-on"]
    assert told["training-seeds"].startswith("0 to 49;")
    assert str(FIRST_HELD_OUT_SEED) in told["training-seeds"]
    assert Recipe().songs < FIRST_HELD_OUT_SEED


def test_its_arguments_can_be_written_down() -> None:
    assert json.loads(json.dumps(DESCRIPTION.arguments)) == DESCRIPTION.arguments


def noises(frames: int) -> TrainingSet:
    random = np.random.default_rng(0)
    return TrainingSet([random.integers(-9000, 9000, (4, 2, frames), np.int16) for _ in range(2)], 24_000)


@pytest.mark.stems
@pytest.mark.slow
def test_the_loss_counts_error_against_the_mix() -> None:
    torch = load_torch()
    truth = torch.zeros(1, 4, 2, 100)
    truth[0, 0] = 1.0
    # Nothing of the one stem that sounds: 0 dB; nothing wrong with silence: the floor.
    wanted = (10 * math.log10(1.001) - 3 * 30) / 4
    assert float(mean_loss(torch, torch.zeros_like(truth), truth)) == pytest.approx(wanted, abs=0.01)
    assert float(mean_loss(torch, truth, truth)) == pytest.approx(-30, abs=0.01)


@pytest.mark.stems
@pytest.mark.slow
def test_training_goes_on_from_its_checkpoint_as_if_never_interrupted(tmp_path: Path) -> None:
    recipe = Recipe(steps=4, batch=1, seconds=0.5)
    load_torch().set_num_threads(1)
    whole = Trainer(noises(48_000), recipe, tmp_path / "whole.pt")
    losses = [whole.step() for _ in range(3)]
    first = Trainer(noises(48_000), recipe, tmp_path / "halves.pt")
    halves = [first.step(), first.step()]
    first.keep()
    second = Trainer(noises(48_000), recipe, tmp_path / "halves.pt")
    assert second.step_number == 2
    halves.append(second.step())
    assert halves == losses
    for name, weight in whole.weights().items():
        assert np.array_equal(weight, second.weights()[name])


@pytest.mark.stems
@pytest.mark.slow
def test_a_trained_model_is_opened_by_its_name(tmp_path: Path) -> None:
    said: list[str] = []
    path = train(tmp_path, Recipe(steps=1, songs=1, batch=1, seconds=0.5), said.append)
    assert path.stat().st_size < 5_000_000
    assert said[-1].startswith("step 1 of 1")
    description, weights = read_model(path)
    assert description.told["training-seeds"].startswith("0 to 0;")
    assert sum(weight.size for weight in weights.values()) == pytest.approx(1.09e6, rel=0.01)
    separator = open_separator(OUR_MODEL, tmp_path)
    assert separator.stems == ("drums", "bass", "other", "vocals")
    assert separator.window_frames == 4 * 48_000
