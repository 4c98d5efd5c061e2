from pathlib import Path

import pytest

from loadtests.media.serving import Serving, ServingFigures, measure, serving_table


@pytest.mark.slow
def test_every_way_is_measured(tmp_path: Path, demo_music: Path, compiled_bends: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "compiled").symlink_to(compiled_bends, target_is_directory=True)
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "a.flac").symlink_to(demo_music / "01 First Light.flac")
    figures = measure(tmp_path / "music", tmp_path, requests=20, listeners=4)
    ours, encrypted, disk, quart, *_ = figures.ways
    assert [each.way for each in (ours, encrypted, disk, quart)] == [
        "ours", "ours, https", "ours, each from disk", "a route of Quart, from memory"
    ]  # fmt: skip
    assert all(each.micros > 0 for each in figures.ways)
    assert ours.kilobytes == pytest.approx(disk.kilobytes, rel=0.01)
    # What is asked for first is Opus at 160 kbit/s, with what it takes to cut it into segments.
    assert figures.kilobytes_a_second == pytest.approx(20, rel=0.1)


def test_the_table_says_whether_the_bar_is_kept() -> None:
    ways = [
        ServingFigures("ours", 99.6, 70.06),
        ServingFigures("ours, https", 201.0, 71.0),
        ServingFigures("peer", 9.0, 70.0),
    ]
    table = serving_table(Serving(ways, 0.04, 17.52))
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")
    ]
    assert rows[2:] == [
        ["ours", "100", "70.1", "kept"], ["ours, https", "201", "71.0", "missed"], ["peer", "9", "70.0", "–"]
    ]  # fmt: skip
    assert "17.5 kB" in table
