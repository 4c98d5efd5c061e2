import os
from pathlib import Path

import pytest

from media.problem import MediaProblem
from media.stem_models import (
    FOREIGN_ORIGIN,
    OUR_FOLDER,
    OUR_MODEL,
    OUR_ORIGIN,
    model_identity,
    model_origin,
    model_path,
)


@pytest.mark.parametrize("name", ["", "../secret", "/etc/passwd", "a/b", ".hidden", "a" * 101, "nobody"])
def test_what_names_no_model_is_told(tmp_path: Path, name: str) -> None:
    for asked in (model_path, model_identity, model_origin):
        with pytest.raises(MediaProblem) as caught:
            asked(name, tmp_path)
        assert caught.value.code == "model-missing"


def test_a_bag_goes_before_a_model_and_a_model_before_a_pickle(tmp_path: Path) -> None:
    for name in ("a-0123abcd.th", "a-0123abcd.safetensors", "a.yaml"):
        (tmp_path / name).touch()
    for name in ("a.yaml", "a-0123abcd.safetensors", "a-0123abcd.th"):
        assert model_path("a", tmp_path).name == name
        (tmp_path / name).unlink()


def test_the_operators_model_goes_before_ours(tmp_path: Path) -> None:
    assert model_path(OUR_MODEL, tmp_path).parent == OUR_FOLDER
    assert model_origin(OUR_MODEL, tmp_path) == OUR_ORIGIN
    theirs = tmp_path / f"{OUR_MODEL}.safetensors"
    theirs.touch()
    assert model_path(OUR_MODEL, tmp_path) == theirs
    assert model_origin(OUR_MODEL, tmp_path) == FOREIGN_ORIGIN


def rewritten(path: Path, content: str) -> None:
    """Another file in the same nanosecond would be taken for the same."""
    changed_ns = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(content)
    os.utime(path, ns=(changed_ns + 1, changed_ns + 1))


def test_a_model_of_the_same_name_with_another_file_is_another(tmp_path: Path) -> None:
    model = tmp_path / "a.safetensors"
    rewritten(model, "one")
    first = model_identity("a", tmp_path)
    assert first.startswith("a@")
    assert model_identity("a", tmp_path) == first
    rewritten(model, "two")
    second = model_identity("a", tmp_path)
    assert second != first
    rewritten(model, "one")
    assert model_identity("a", tmp_path) == first


def test_a_bag_is_another_when_one_of_its_models_is(tmp_path: Path) -> None:
    rewritten(tmp_path / "bag.yaml", "models: ['0a1b2c3d', '4e5f6a7b']")
    rewritten(tmp_path / "0a1b2c3d-01234567.th", "one")
    rewritten(tmp_path / "stranger.safetensors", "not of this bag")
    first = model_identity("bag", tmp_path)
    rewritten(tmp_path / "stranger.safetensors", "changed")
    assert model_identity("bag", tmp_path) == first
    rewritten(tmp_path / "0a1b2c3d-01234567.th", "two")
    second = model_identity("bag", tmp_path)
    rewritten(tmp_path / "4e5f6a7b.safetensors", "three")
    assert len({first, second, model_identity("bag", tmp_path)}) == 3
