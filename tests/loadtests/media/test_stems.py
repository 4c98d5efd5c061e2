import importlib
from types import ModuleType

import pytest

from loadtests.media.stems import cost, stems_table
from tests.media.stems.fakes import Shares, noise


def test_cost_is_told_for_each_second_of_sound() -> None:
    shares = Shares()
    spent, first = cost(shares, noise(48_000), 48_000)
    assert shares.asked == 54
    assert 0 < spent < 60
    assert 0 < first < 60


def test_without_torch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    rows = stems_table().splitlines()
    assert [row.split(" | ")[1] for row in rows[2:]] == ["skipped: stems-missing"] * 2
