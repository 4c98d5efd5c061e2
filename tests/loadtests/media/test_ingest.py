from pathlib import Path

import pytest

from loadtests.media.ingest import DECODING, ENCODING, LISTENING, TOTAL, costs, table
from media.analysis.listener import MONO_METERS, STEREO_METERS


@pytest.mark.slow
def test_every_part_is_measured_and_told(tmp_path: Path) -> None:
    found = costs(4, tmp_path)
    assert {DECODING, LISTENING, ENCODING, TOTAL, *STEREO_METERS, *MONO_METERS} <= set(found)
    assert all(cost > 0 for cost in found.values())
    told = table(found)
    assert all(f"| {name} |" in told for name in found)
