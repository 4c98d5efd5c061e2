from pathlib import Path

import pytest

from loadtests.media.spans import SpanFigures, measure, span_table
from media.bend import PLAIN, Bend


@pytest.mark.slow
async def test_a_worker_is_measured_with_every_bend(tmp_path: Path, compiled_bends: Path) -> None:
    (tmp_path / "compiled").symlink_to(compiled_bends, target_is_directory=True)
    plain, bent = await measure(tmp_path, [PLAIN, Bend(1250, 200)], 25)
    assert (plain.bend, bent.bend) == (PLAIN, Bend(1250, 200))
    assert 0 < plain.cpu_ms < bent.cpu_ms
    assert all(took > 0 for each in (plain, bent) for took in (*each.one_span_ms, *each.two_spans_ms))


def test_the_table_says_whether_the_room_s_budget_is_kept() -> None:
    figures = [
        SpanFigures(Bend(800), 10.04, [50.0, 60.0, 80.0], [100.0, 120.0, 299.0]),
        SpanFigures(Bend(1000, -300, keeps_formants=True), 20.0, [50.0, 60.0, 80.0], [100.0, 120.0, 301.0]),
    ]
    *_, first, second = span_table(figures).splitlines()
    assert [cell.strip() for cell in first.strip("|").split("|")] == [
        "0.8, 0",
        "10.0",
        "60 (80)",
        "120 (299)",
        "kept",
    ]
    assert "1, -300, kept" in second
    assert second.rstrip(" |").endswith("missed")
