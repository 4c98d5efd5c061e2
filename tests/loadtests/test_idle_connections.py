import pytest

from loadtests.idle_connections import main


@pytest.mark.slow
def test_a_small_crowd_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    figures = main(["--connections", "7", "--room-size", "3", "--idle-seconds", "0.3"])
    assert (figures.connections, figures.rooms) == (7, 3)
    assert figures.connect_seconds > 0
    assert figures.probe_seconds > 0
    assert "7 idle connections in 3 rooms" in capsys.readouterr().out
