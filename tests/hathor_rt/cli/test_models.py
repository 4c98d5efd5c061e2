from pathlib import Path

import pytest
from click.testing import CliRunner

from hathor_rt.cli import models as command
from hathor_rt.cli.commands import main
from hathor_rt.cli.media import MediaRefused
from hathor_rt.cli.models import Fetched, Listed, fetch, listed, models_folder, tell
from hathor_rt.config import Config
from tests.media.stems.fakes import model_file


@pytest.mark.slow
def test_models_in_the_data_folder_are_listed(tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    models_folder(config).mkdir()
    model_file(models_folder(config) / "mine.safetensors")
    found = {each.name: each.state for each in listed(config)}
    assert found["mine"] == "there"
    assert found["htdemucs"] == "fetchable"


@pytest.mark.slow
def test_a_model_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaRefused) as caught:
        fetch(Config(data=tmp_path), "nobody")
    assert caught.value.code == "model-missing"


def test_a_list_is_told_a_line_or_two_each(capsys: pytest.CaptureFixture[str]) -> None:
    tell([Listed("mine", "there", 2.2, "HTDemucs"), Listed("far", "fetchable", 84, "ask first")])
    said = capsys.readouterr().out
    assert "mine                2.2 MB  in the folder of models" in said
    assert "HTDemucs" in said
    assert "far                84.0 MB  hathor models fetch" in said


def test_a_model_that_is_there_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unexpected(config: Config, name: str) -> Fetched:
        raise AssertionError(f"{name} was fetched over the operator's own")

    monkeypatch.setattr(command, "listed", lambda _: [Listed("far", "there", 84, "HTDemucs")])
    monkeypatch.setattr(command, "fetch", unexpected)
    result = CliRunner().invoke(main, ["--data", str(tmp_path), "models", "fetch", "far", "--yes"])
    assert result.exit_code == 0
    assert "is there already" in result.stdout


@pytest.mark.parametrize(("answer", "is_fetched"), [("y\n", True), ("n\n", False), ("", False)])
def test_nothing_is_fetched_before_the_licence_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, is_fetched: bool
) -> None:
    fetched: list[str] = []

    def noted(config: Config, name: str) -> Fetched:
        fetched.append(name)
        return Fetched(models_folder(config) / name, "ab" * 32)

    monkeypatch.setattr(command, "listed", lambda _: [Listed("far", "fetchable", 84, "for research alone")])
    monkeypatch.setattr(command, "fetch", noted)
    result = CliRunner().invoke(main, ["--data", str(tmp_path), "models", "fetch", "far"], input=answer)
    assert "about 84 MB. for research alone" in result.stderr
    assert fetched == (["far"] if is_fetched else [])
    assert ("ab" * 32 in result.stdout) is is_fetched
    assert result.exit_code == (0 if is_fetched else 1)
