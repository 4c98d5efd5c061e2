import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from loadtests.clock.__main__ import main
from loadtests.clock.bars import misses
from loadtests.clock.methods.line_up import METHODS
from loadtests.clock.networks import NETWORK_OF
from loadtests.clock.summary import Summary, percentile, root_mean_square, summary
from loadtests.clock.table import markdown, table
from loadtests.clock.trial import Outcome

GOOD = Summary(0.05, 0.1, 1.0, 0.9, 0.1, 0.2, 30.0)


def test_what_reaches_every_bar_misses_none() -> None:
    assert misses("lan", GOOD) == misses("sleep", GOOD) == ()


def test_every_miss_is_named() -> None:
    bad = Summary(0.2, 0.3, 0.99, 0.9, 9.0, 0.6, 36.0)
    assert misses("sleep", bad) == ("RMS > 0.1", "p99 > 0.25", "bound", "recovery", "probes")
    assert misses("path_change", bad) == ("bound", "probes")
    assert misses("lte", replace(bad, bound_true=1.0)) == ("probes",)


def test_a_summary_counts_all_devices() -> None:
    outcomes = [
        Outcome(errors=[300.0] * 99 + [4_000.0], looks=100, broken=1, bounds=[900.0], known_after=1.0, probes=60),
        Outcome(
            errors=[-300.0] * 100,
            looks=100,
            broken=0,
            bounds=[1_100.0],
            known_after=3.0,
            recovered_after=[2.0],
            probes=80,
        ),
    ]
    found = summary(outcomes, 120.0)
    assert found.bound_true == 0.995
    assert (found.known_after_s, found.recovered_after_s, found.probes_a_minute) == (2.0, 2.0, 35.0)
    assert found.p99_ms == 0.3
    assert found.half_width_ms == 1.0


def test_who_says_nothing_is_infinitely_wrong() -> None:
    assert root_mean_square([]) == percentile([], 99) == math.inf


def test_a_table_has_a_column_for_everything() -> None:
    text = table({"lan": {"hathor": GOOD, "other": replace(GOOD, rms_ms=12.3)}}, {"lan": (0.01, 0.02)})
    head, line, row = text.splitlines()
    assert head.count("|") == line.count("|") == row.count("|")
    assert "**0.050 / 0.10**" in row
    assert "12 / 0.10" in row


def test_markdown_puts_a_line_under_the_head() -> None:
    assert markdown([["a", "b"], ["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


@pytest.mark.slow
def test_a_quick_run_prints_every_network_and_writes_every_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clock.json"
    assert main(["--quick", "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    written = json.loads(file.read_text())
    assert list(written["networks"]) == list(NETWORK_OF)
    for name, figures in written["networks"].items():
        assert f"| {name} |" in printed
        assert list(figures["methods"]) == list(METHODS)
    assert written["effort"]["seeds"] == 1


def test_an_unknown_network_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "moon"])
    assert "no such network: moon" in capsys.readouterr().err
