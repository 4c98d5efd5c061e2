from pathlib import Path

import pytest

from hathor_rt.storage.flushing import flush_folder


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_folder_is_flushed_and_nothing_stays_open(tmp_path: Path) -> None:
    before = open_files()
    flush_folder(tmp_path)
    assert open_files() == before


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        flush_folder(tmp_path / "gone")
