import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from media.stem_models import OUR_MODEL
from media.stems import __main__ as command
from media.stems.__main__ import main
from media.stems.model_file import write_model
from media.stems.packages import model_class
from media.stretch.float_wav import FloatWavWriter
from tests.media.stems.fakes import TINY, Shares, model_file, noise


def source_in(folder: Path) -> Path:
    with FloatWavWriter(folder / "song.wav", 48_000, 2) as writer:
        writer.write(noise(20_000))
    return folder / "song.wav"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_it_tells_progress_and_what_is_there_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[object, ...]] = []

    def opens(name: str, folder: Path, *, takes_pickled: bool) -> Shares:
        opened.append((name, folder, takes_pickled))
        return Shares()

    monkeypatch.setattr(command, "open_separator", opens)
    models = f"--models={tmp_path / 'models'}"
    assert main(["separate", models, "--pickled", "--", str(source_in(tmp_path)), str(tmp_path / "out")]) == 0
    *positions, last = lines(capsys)
    assert positions[-1] == {"position": 1.0}
    assert last == {"stems": [str(tmp_path / "out" / f"song - stem {number}.wav") for number in range(2)]}
    assert opened == [(OUR_MODEL, tmp_path / "models", True)]


def test_a_refusal_is_told_and_ends_with_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "separate",
        f"--models={tmp_path}",
        "--model=nobody",
        "--",
        str(source_in(tmp_path)),
        str(tmp_path / "out"),
    ]
    assert main(words) == 2
    (said,) = lines(capsys)
    assert said["code"] == "model-missing"
    assert main(["fetch", f"--models={tmp_path}", "--", "nobody"]) == 2
    assert lines(capsys)[0]["code"] == "model-missing"


def test_without_packages_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model_file(tmp_path / "mine.safetensors")

    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    words = ["separate", f"--models={tmp_path}", "--model=mine", str(source_in(tmp_path)), str(tmp_path / "out")]
    assert main(words) == 2
    (said,) = lines(capsys)
    assert said["code"] == "stems-missing"
    assert "requirements/stems.txt" in str(said["reason"])
    assert not (tmp_path / "out").exists()


def test_models_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model_file(tmp_path / "mine.safetensors")
    assert main(["list", f"--models={tmp_path}"]) == 0
    (said,) = lines(capsys)
    models = said["models"]
    assert isinstance(models, list)
    assert models[0]["name"] == "mine"
    assert models[-1]["state"] == "fetchable"


@pytest.mark.stems
@pytest.mark.slow
def test_a_process_that_is_told_to_end_leaves_no_file(tmp_path: Path) -> None:
    weights = dict(model_class("HTDemucs")(**TINY.arguments).state_dict())
    write_model(tmp_path / "mine.safetensors", TINY, {name: each.numpy() for name, each in weights.items()}, {})
    with FloatWavWriter(tmp_path / "song.wav", 48_000, 2) as writer:
        for seed in range(60):
            writer.write(noise(480_000, seed))
    words = ["separate", f"--models={tmp_path}", "--model=mine", str(tmp_path / "song.wav"), str(tmp_path / "out")]
    command = [sys.executable, "-m", "media.stems", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"position" in process.stdout.readline()
        assert len(list((tmp_path / "out").iterdir())) == 4
        process.terminate()
        assert process.wait() == 1
    assert list((tmp_path / "out").iterdir()) == []
