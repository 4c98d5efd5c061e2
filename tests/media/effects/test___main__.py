import json
from pathlib import Path

import pytest

from media.effects.__main__ import main
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
    assert main([str(source), str(target), "--preset", "bass"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1] == {"position": 1.0}
    assert target.stat().st_size == 58 + 20_000 * 8


def test_settings_come_from_a_file(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = source.with_name("chosen.json")
    chosen.write_text('{"echo": {"delay_seconds": 0.1, "feedback": 0}}')
    target = source.with_name("out.wav")
    assert main([str(source), str(target), "--json", str(chosen)]) == 0
    assert target.stat().st_size == 58 + 24_410 * 8


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "file-missing"),
        ("{", "bad-parameter"),
        ('{"echo": {"mix": NaN}}', "bad-parameter"),
        ('{"echo": {"mix": 7}}', "out-of-range"),
        ('{"phaser": {}}', "unknown-effect"),
        ('{"echo": {"rate": 1}}', "unknown-parameter"),
    ],
)
def test_a_refusal_is_a_line_and_a_status(
    source: Path, content: str | None, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = source.with_name("chosen.json")
    if content is not None:
        chosen.write_text(content)
    assert main([str(source), str(source.with_name("out.wav")), "--json", str(chosen)]) == 2
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["code"] == code


def test_an_unknown_preset_is_refused(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(source), str(source.with_name("out.wav")), "--preset", "submarine"]) == 2
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line)["code"] == "unknown-preset"
