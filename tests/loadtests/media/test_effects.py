import pytest

from loadtests.media.__main__ import main
from loadtests.media.effects import SETTINGS, costs, effects_table


def test_every_effect_has_its_cost() -> None:
    found = costs(seconds=1)
    assert list(found) == list(SETTINGS)
    assert all(each > 0 for each in found.values())


def test_the_table_has_a_row_for_each() -> None:
    assert effects_table({"echo": 2.0, "room": 10.0}).splitlines()[2:] == [
        "| echo | 2.0 | 500 |",
        "| room | 10.0 | 100 |",
    ]


def test_an_engine_nobody_knows_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "effects,tape"])
    assert "effects" in capsys.readouterr().err
