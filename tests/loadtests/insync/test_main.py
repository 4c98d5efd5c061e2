from pathlib import Path

import pytest

from loadtests.insync.__main__ import parsed
from loadtests.insync.trials import TRIALS


def test_all_trials_run_unless_some_are_chosen() -> None:
    assert parsed([]).only == list(TRIALS)
    assert parsed(["--only", "late,calm"]).only == ["late", "calm"]


def test_what_is_chosen_is_what_is_done() -> None:
    arguments = parsed(["--clients", "4", "--seconds", "5", "--json", "x.json", "--keep", "folder", "--self-test"])
    assert (arguments.clients, arguments.seconds, arguments.self_test) == (4, 5, True)
    assert (arguments.json, arguments.keep) == (Path("x.json"), Path("folder"))


@pytest.mark.parametrize("words", [["--only", "lunch"], ["--clients", "1"], ["--clients", "5"]])
def test_what_cannot_be_done_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed(words)
    assert "error" in capsys.readouterr().err
