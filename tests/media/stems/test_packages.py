import importlib
import os
import resource
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from media.problem import MediaProblem
from media.stems import packages
from media.stems.packages import has_bfloat16, load_package, load_torch, model_class, prepare_torch


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

    monkeypatch.setattr(importlib, "import_module", missing)


@pytest.mark.usefixtures("nothing_installed")
def test_missing_packages_are_told_with_what_to_do() -> None:
    with pytest.raises(MediaProblem, match=r"requirements/stems\.txt") as caught:
        load_torch()
    assert caught.value.code == "stems-missing"
    with pytest.raises(MediaProblem, match="the package demucs,"):
        model_class("HDemucs")


def test_no_file_has_anything_else_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(importlib, "import_module", asked.append)
    for name in ("os.system", "", "Trainer", "demucs.htdemucs.HTDemucs"):
        with pytest.raises(MediaProblem) as caught:
            model_class(name)
        assert caught.value.code == "model-refused"
    assert asked == []


def test_the_class_comes_from_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(HTDemucs=object())
    monkeypatch.setattr(importlib, "import_module", {"demucs.htdemucs": module}.__getitem__)
    assert model_class("HTDemucs") is module.HTDemucs
    assert load_package("demucs.htdemucs") is module


@pytest.mark.parametrize(
    ("capabilities", "has"), [({"avx512_bf16": True}, True), ({"amx_bf16": False}, False), ({}, False)]
)
def test_short_floats_are_used_where_the_processor_has_them(capabilities: dict[str, bool], has: bool) -> None:
    assert has_bfloat16(SimpleNamespace(cpu=SimpleNamespace(get_capabilities=lambda: capabilities))) is has


@pytest.mark.parametrize("has_gpu", [False, True])
def test_torch_takes_half_of_the_processors_and_a_gpu_all_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_gpu: bool
) -> None:
    threads: list[int] = []
    limits: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(packages, "load_torch", lambda: SimpleNamespace(set_num_threads=threads.append))
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (8, 99))
    monkeypatch.setattr(resource, "setrlimit", lambda which, limit: limits.append((which, limit)))
    if has_gpu:
        (tmp_path / "nvidiactl").touch()
    prepare_torch([tmp_path / "nvidiactl"])
    assert threads == [3]
    assert limits == ([(resource.RLIMIT_AS, (99, 99))] if has_gpu else [])
