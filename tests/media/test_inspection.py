import json
from pathlib import Path

import pytest

from media.inspection import inspect, main
from tests.media.sounds import music, write_sound


def test_a_file_is_measured_to_its_end(tmp_path: Path) -> None:
    told: list[float] = []
    found = inspect(write_sound(tmp_path, "flac", music(96_000)), told.append)
    assert (found["seconds"], found["frames"], found["note"]) == (2.0, 96_000, "")
    assert -30 < float(found["loudness_lufs"] or 0) < -5
    assert -10 < float(found["true_peak_db"] or -99) < 1
    assert told == sorted(told)


def test_the_last_line_says_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write_sound(tmp_path, "wav", music(48_000)))]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["found"]["frames"] == 48_000


def test_a_refusal_is_a_line_and_a_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "gone.flac")]) == 2
    assert json.loads(capsys.readouterr().out)["code"] == "file-missing"
