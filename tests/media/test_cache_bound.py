from pathlib import Path
from typing import NamedTuple

import pytest

from media.cache_bound import RESERVE_BYTES, cache_bound

MB = 1 << 20


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    facts = {"total": 500_000 * MB, "free": 100_000 * MB}
    monkeypatch.setattr(
        "media.cache_bound.shutil.disk_usage",
        lambda _: Usage(facts["total"], facts["total"] - facts["free"], facts["free"]),
    )
    return facts


def test_a_roomy_disk_leaves_the_limit(disk: dict[str, int], tmp_path: Path) -> None:
    assert cache_bound(tmp_path, 10 * MB, 4_000 * MB) == 4_000 * MB


def test_a_filling_disk_takes_from_the_cache_what_others_need(disk: dict[str, int], tmp_path: Path) -> None:
    disk["free"] = RESERVE_BYTES
    assert cache_bound(tmp_path, 3_000 * MB, 4_000 * MB) == 3_000 * MB
    disk["free"] = 0
    assert cache_bound(tmp_path, 3_000 * MB, 4_000 * MB) == 3_000 * MB - RESERVE_BYTES
    assert cache_bound(tmp_path, 100 * MB, 4_000 * MB) == 0


def test_of_a_small_disk_a_fiftieth_stays_free(disk: dict[str, int], tmp_path: Path) -> None:
    disk.update(total=1_000 * MB, free=5 * MB)
    assert cache_bound(tmp_path, 100 * MB, 4_000 * MB) == 85 * MB


def test_a_real_folder(tmp_path: Path) -> None:
    assert cache_bound(tmp_path, 0, 1) in (0, 1)
