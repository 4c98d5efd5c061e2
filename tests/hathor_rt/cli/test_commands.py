from pathlib import Path

import pytest
from click import Command, Group
from click.testing import CliRunner

from hathor_rt.cli.commands import main
from hathor_rt.config import Config


def every_command(group: Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        found.append((*path, name))
        if isinstance(command, Group):
            found.extend(every_command(command, (*path, name)))
    return found


def command_at(path: tuple[str, ...]) -> Command:
    command: Command = main
    for name in path:
        assert isinstance(command, Group)
        command = command.commands[name]
    return command


def test_help_teaches_the_first_steps() -> None:
    text = " ".join(CliRunner().invoke(main, ["--help"], terminal_width=120).output.split())
    for word in ("hathor serve", "hathor library add", "hathor room create", "HATHOR_PORT"):
        assert word in text


@pytest.mark.parametrize("path", every_command(main), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    assert CliRunner().invoke(main, [*path, "--help"]).exit_code == 0
    assert len((command_at(path).help or "").split()) >= 3


def test_a_refusal_is_one_line_with_its_code(tmp_path: object) -> None:
    result = CliRunner(env={"HATHOR_DATA": str(tmp_path)}).invoke(main, ["room", "create", "x" * 200])
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("[bad-name]")
    assert "Traceback" not in result.output


def test_a_wrong_setting_is_told_before_anything_happens() -> None:
    result = CliRunner(env={"HATHOR_PORT": "x"}).invoke(main, ["library", "list"])
    assert result.exit_code == 2
    assert "[bad-setting]" in result.stderr


def test_serve_takes_its_settings_behind_its_name_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Config] = []
    monkeypatch.setattr("hathor_rt.cli.serve.run", lambda config, **_: served.append(config))
    certificate = ["--tls-cert", "chain.pem", "--tls-key", "key.pem", "--public-url", "https://music.example"]
    command = ["--host", "::", "--port", "1", "serve", "--port", "2", "--data", str(tmp_path), *certificate]
    assert CliRunner(env={"HATHOR_PORT": "3"}).invoke(main, command).exit_code == 0
    [config] = served
    assert (config.host, config.port, config.data) == ("::", 2, tmp_path)
    assert (config.tls_cert, config.tls_key, config.public_url) == ("chain.pem", "key.pem", "https://music.example")


@pytest.mark.parametrize("given", [["--tls-cert", "missing.pem"], ["--tls-cert", "missing.pem", "--tls-key", "no.pem"]])
def test_half_a_certificate_and_none_are_refused_before_anything_is_served(given: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", "0", "--data", str(tmp_path), *given])
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("[bad-setting]")
