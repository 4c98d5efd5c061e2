import base64
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media.analysis.__main__ import main
from tests.media.analysis.hits import hits
from tests.media.sounds import write_sound


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_sound(tmp_path, "flac", hits([0.5 * number for number in range(1, 24)], 12))


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(json.loads(capsys.readouterr().out.splitlines()[-1]))


@pytest.mark.slow
def test_a_file_is_analysed_and_drawn(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(path), "--plot", str(tmp_path / "picture.png")]) == 0
    found = said(capsys)["found"]
    assert isinstance(found, dict)
    assert found["tempo_bpm"] == pytest.approx(120, rel=0.01)
    assert (found["frames"], found["seconds"], found["note"]) == (576_000, 12.0, "")
    assert len(base64.b64decode(found["fingerprint"])) % 4 == 0
    with Image.open(tmp_path / "picture.png") as picture:
        assert np.asarray(picture).std() > 5


def test_what_cannot_be_done_has_a_code(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "gone.wav")]) == 2
    assert said(capsys)["code"] == "file-missing"
    for picture in (tmp_path / "none" / "picture.png", tmp_path / "picture.nothing"):
        assert main([str(path), "--plot", str(picture)]) == 2
        assert said(capsys)["code"] == "bad-change"
