import json
from dataclasses import replace

from loadtests.insync.report import Conditions, Report, TrialReport, floor_words, table
from loadtests.insync.self_test import Floor
from loadtests.insync.stage import Measured
from loadtests.insync.verdicts import Verdict
from tests.loadtests.insync.test_verdicts import row

BUSY = Conditions("2026-11-20 12:00", "2 cores", 1.0, 6.0, is_raised=True, stall_ms=12.0)
CALM = Conditions("2026-11-20 12:00", "2 cores", 1.0, 1.5, is_raised=False, stall_ms=None)


def report(conditions: Conditions, failure: str = "") -> TrialReport:
    verdicts = [Verdict("after 8 s", "median", 0.4, 0.5, 0.0), Verdict("after 8 s", "max", None, 5, None)]
    return TrialReport(
        "calm",
        "two play",
        conditions,
        verdicts,
        [row("after 8 s", 0.1, 0.2)],
        [Measured("x", "%", 5.0, "browser 0")],
        failure,
    )


def test_the_table_names_bar_outcome_machine_date_and_load() -> None:
    words = table(report(BUSY))
    assert "| after 8 s | median | 0.4 | ≤ 0.5 | met | 0 |" in words
    assert "| after 8 s | max | – | ≤ 5 | not measured | not watched |" in words
    assert "2026-11-20 12:00, 2 cores; load average 1.0 before, 6.0 after" in words
    assert "too busy" in words
    assert "x: % 5 (browser 0)" in words


def test_a_calm_machine_is_not_called_busy_and_a_failure_is_named() -> None:
    words = table(report(CALM, failure="NoSound: nothing"))
    assert "too busy" not in words
    assert "Failed: NoSound: nothing" in words


def test_everything_is_in_the_json() -> None:
    content = json.loads(json.dumps(Report([Floor(5.0, 5.0, 0.0001, 12)], [report(BUSY)]).content()))
    trial = content["trials"][0]
    assert trial["verdicts"][0]["outcome"] == "met"
    assert trial["is_calm"] is False
    assert trial["rows"][0]["distances_ms"] == [0.1, 0.2]
    assert content["floor"][0]["error_ms"] == 0.0001


def test_never_is_a_word_in_the_table_and_nothing_in_the_json() -> None:
    never = replace(report(CALM), verdicts=[Verdict("40 ms", "settled after, s", float("inf"), 1, None)])
    assert "| 40 ms | settled after, s | never | ≤ 1 | missed |" in table(never)
    content = json.loads(json.dumps(Report([], [never]).content(), allow_nan=False))
    assert content["trials"][0]["verdicts"][0]["value"] is None
    assert content["trials"][0]["verdicts"][0]["outcome"] == "missed"


def test_the_floor_is_its_worst() -> None:
    assert "0.300 µs" in floor_words([Floor(0, 0, 0.0001, 3), Floor(5, 5, 0.0003, 3)])
