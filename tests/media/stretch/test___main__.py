import json
from pathlib import Path

import pytest

from media.stretch.__main__ import main
from media.stretch.float_wav import FloatWavWriter
from tests.media.sounds import music


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.wav"
    with FloatWavWriter(path, 44_100, 2) as writer:
        writer.write(music(20_000))
    return path


def test_progress_is_told_in_lines(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = source.with_name("out.wav")
    assert main([str(source), str(target), "--tempo", "2", "--engine", "speech"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1] == {"position": 1.0}
    assert target.stat().st_size == 58 + 10_000 * 8


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--tempo", "3"], "bad-change"), (["--pitch", "nan"], "bad-change"), (["--engine", "tape"], "unknown-engine")],
)
def test_a_refusal_is_a_line_and_a_status(
    source: Path, words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(source), str(source.with_name("out.wav")), *words]) == 2
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["code"] == code
