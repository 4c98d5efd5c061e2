"""Models as torch runs them: `make test-stems`. Random weights, small ones of every class."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from media.problem import MediaProblem
from media.stems import torch_separator
from media.stems.model_file import ModelDescription, write_model
from media.stems.packages import load_package, load_torch, model_class
from media.stems.separation import separate
from media.stems.torch_separator import TorchSeparator
from tests.media.stems.fakes import TINY, noise

pytestmark = [pytest.mark.stems, pytest.mark.slow]
SMALL: Mapping[str, Mapping[str, Any]] = {
    "HTDemucs": TINY.arguments,
    "HDemucs": {"sources": ["a", "b"], "channels": 8, "depth": 5, "nfft": 1024, "samplerate": 48_000, "segment": 0.5},
    "Demucs": {"sources": ["a", "b", "c"], "channels": 8, "depth": 2, "samplerate": 44_100, "segment": 0.5},
}


def random_separator(klass: str, **changes: object) -> TorchSeparator:
    arguments = {**SMALL[klass], **changes}
    model = model_class(klass)(**arguments)
    weights = {name: weight.numpy() for name, weight in model.state_dict().items()}
    return TorchSeparator(ModelDescription(klass, arguments), weights)


@pytest.mark.parametrize("klass", SMALL)
def test_models_of_every_class_separate_and_repeat_themselves(klass: str) -> None:
    separator = random_separator(klass)
    mix = noise(60_000) * np.float32(0.5)
    stems = [np.concatenate(list(separate([mix], 48_000, separator)), axis=-1) for _ in range(2)]
    assert stems[0].shape == (len(SMALL[klass]["sources"]), 2, 60_000)
    assert np.array_equal(stems[0], stems[1])
    assert np.isfinite(stems[0]).all()
    np.testing.assert_allclose(stems[0].astype(np.float64).sum(axis=0), mix, atol=2**-22)
    assert np.std(stems[0][0] - stems[0][1]) > 0


def test_arguments_of_older_releases_are_dropped() -> None:
    assert random_separator("HTDemucs").window_frames == 24_000
    description = ModelDescription("HTDemucs", {**SMALL["HTDemucs"], "gone_since_2021": 3})
    model = model_class("HTDemucs")(**SMALL["HTDemucs"])
    separator = TorchSeparator(description, {name: each.numpy() for name, each in model.state_dict().items()})
    assert separator.stems == ("drums", "bass", "other", "vocals")


def test_weights_that_do_not_fit_are_told() -> None:
    with pytest.raises(MediaProblem) as caught:
        TorchSeparator(TINY, {"a": np.ones(3, np.float32)})
    assert caught.value.code == "damaged-model"


def test_a_model_that_is_not_stereo_is_refused() -> None:
    with pytest.raises(MediaProblem) as caught:
        random_separator("HTDemucs", audio_channels=1)
    assert caught.value.code == "model-refused"


@pytest.mark.parametrize("sources", [["a", "../../b"], ["a", "a"], ["a", ""], ["a", "x" * 41], ["a", ".b"]])
def test_stems_that_cannot_be_files_are_refused(sources: list[str]) -> None:
    with pytest.raises(MediaProblem) as caught:
        random_separator("HTDemucs", sources=sources)
    assert caught.value.code == "model-refused"


@pytest.mark.parametrize("klass", SMALL)
def test_a_window_is_answered_as_demucs_itself_answers_it(klass: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_separator, "has_bfloat16", lambda _: False)
    torch = load_torch()
    arguments = SMALL[klass]
    model = model_class(klass)(**arguments).eval()
    weights = {name: weight.numpy() for name, weight in model.state_dict().items()}
    separator = TorchSeparator(ModelDescription(klass, arguments), weights)
    window = noise(separator.window_frames)
    theirs = load_package("demucs.apply").apply_model(model, torch.from_numpy(window)[None], shifts=0, split=False)
    np.testing.assert_allclose(separator.estimate(window), theirs[0].numpy(), atol=1e-5)


def test_demucs_reads_what_is_written_here(tmp_path: Path) -> None:
    model = model_class("HTDemucs")(**TINY.arguments)
    weights = {name: weight.numpy() for name, weight in model.state_dict().items()}
    write_model(tmp_path / "a.safetensors", TINY, weights, {"licence": "ours"})
    theirs = load_package("demucs.hf").load_safetensors_model(tmp_path / "a.safetensors")
    for name, weight in theirs.state_dict().items():
        np.testing.assert_allclose(weight.numpy(), weights[name], atol=1e-3)
