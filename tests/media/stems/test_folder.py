import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from media.problem import MediaProblem
from media.stem_models import OUR_FOLDER, OUR_MODEL
from media.stems.folder import open_separator
from media.stems.model_file import read_model, write_model
from media.stems.packages import load_torch, model_class
from media.stems.training import DESCRIPTION
from media.stems.training_songs import FIRST_HELD_OUT_SEED
from tests.media.stems.fakes import TINY, model_file, noise


def refusal(name: str, folder: Path) -> MediaProblem:
    with pytest.raises(MediaProblem) as caught:
        open_separator(name, folder)
    return caught.value


@pytest.mark.parametrize("name", ["", "../secret", "/etc/passwd", "a/b", ".hidden", "a" * 101])
def test_what_is_no_name_opens_nothing(tmp_path: Path, name: str) -> None:
    assert refusal(name, tmp_path).code == "model-missing"


def test_an_unknown_name_is_told(tmp_path: Path) -> None:
    assert refusal("nobody", tmp_path).code == "model-missing"


def test_pickles_are_not_touched_without_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old-01234567.th").write_bytes(b"cos\nsystem\n")

    def unexpected(name: str) -> ModuleType:
        raise AssertionError(f"{name} was imported")

    monkeypatch.setattr(importlib, "import_module", unexpected)
    refused = refusal("old", tmp_path)
    assert refused.code == "model-refused"
    assert "--pickled" in refused.reason


def test_a_refused_class_is_told_before_anything_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = model_file(tmp_path / "a.safetensors")
    path.write_bytes(path.read_bytes().replace(b"demucs.htdemucs.HTDemucs", b"demucs.htdemucs.HTDemucz"))
    imported: list[str] = []

    def noted(name: str) -> Any:
        imported.append(name)

    monkeypatch.setattr(importlib, "import_module", noted)
    assert refusal("a", tmp_path).code == "model-refused"
    assert imported == []


def test_without_packages_a_whole_model_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model_file(tmp_path / "a.safetensors")

    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert refusal("a", tmp_path).code == "stems-missing"


def test_the_model_that_comes_along_says_what_it_learnt_from() -> None:
    path = OUR_FOLDER / f"{OUR_MODEL}.safetensors"
    assert path.stat().st_size < 5_000_000
    description, weights = read_model(path)
    assert (description.klass, dict(description.arguments)) == (DESCRIPTION.klass, dict(DESCRIPTION.arguments))
    assert "no recordings" in description.told["trained-on"]
    assert int(description.told["training-seeds"].split(";")[0].split()[-1]) < FIRST_HELD_OUT_SEED
    assert all(np.isfinite(weight).all() for weight in weights.values())


def random_weights() -> dict[str, Any]:
    return dict(model_class("HTDemucs")(**TINY.arguments).state_dict())


def small_model(path: Path) -> Path:
    weights = {name: weight.numpy() for name, weight in random_weights().items()}
    write_model(path, TINY, weights, {})
    return path


@pytest.mark.stems
@pytest.mark.slow
def test_a_model_and_a_bag_of_it_separate_alike(tmp_path: Path) -> None:
    small_model(tmp_path / "0123abcd.safetensors")
    (tmp_path / "mine.yaml").write_text("models: ['0123abcd', '0123abcd']\nweights: [[1, 1, 0, 1], [0, 1, 2, 1]]\n")
    one, bag = open_separator("0123abcd", tmp_path), open_separator("mine", tmp_path)
    assert bag.stems == one.stems
    np.testing.assert_allclose(bag.estimate(noise(24_000)), one.estimate(noise(24_000)), atol=1e-5)


@pytest.mark.stems
@pytest.mark.slow
@pytest.mark.parametrize("content", ["models: [loop]", "models: [other]", "models: 3", "[]", "models: [a: b", "\0"])
def test_a_bag_that_makes_no_sense_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "loop.yaml").write_text(content)
    (tmp_path / "other.yaml").write_text("models: [loop]")
    assert refusal("loop", tmp_path).code == "damaged-model"


@pytest.mark.stems
@pytest.mark.slow
def test_a_pickle_is_read_with_leave_and_runs_nothing(tmp_path: Path) -> None:
    torch = load_torch()
    package = {"klass": model_class("HTDemucs"), "args": (), "kwargs": dict(TINY.arguments), "training_args": {"lr": 1}}
    torch.save({**package, "state": {n: w.half() for n, w in random_weights().items()}}, tmp_path / "old.th")
    separator = open_separator("old", tmp_path, takes_pickled=True)
    assert separator.estimate(noise(24_000)).shape == (4, 2, 24_000)
    torch.save({**package, "state": Path("/etc")}, tmp_path / "evil.th")
    with pytest.raises(MediaProblem) as caught:
        open_separator("evil", tmp_path, takes_pickled=True)
    assert caught.value.code == "model-refused"
    (tmp_path / "old.th").rename(tmp_path / "old-01234567.th")
    with pytest.raises(MediaProblem) as caught:
        open_separator("old", tmp_path, takes_pickled=True)
    assert caught.value.code == "damaged-model"
