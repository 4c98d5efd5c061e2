import pytest

from loadtests.insync.pairs import Pair
from loadtests.insync.rows import Recovery, Row
from loadtests.insync.stage import Measured
from loadtests.insync.trials import TRIALS
from loadtests.insync.trials.trial import Bar
from loadtests.insync.verdicts import FIGURES, Verdict, judged


def row(phase: str, *distances: float, stall_ms: float | None = 0.0, recovery: Recovery | None = None) -> Row:
    """Two listeners, one of whom heard a click and two silences."""
    return Row(
        phase,
        3.0,
        8.0,
        list(distances),
        [Pair(0, 1, [])],
        [None, None],
        (len(distances), 11),
        [[12.0, 15.0], []],
        [0, 1],
        [[], []],
        stall_ms,
        None,
        recovery,
    )


def test_a_figure_is_held_against_its_bar() -> None:
    rows = [row("after 8 s", 0.1, 0.4, 6.0), row("other", 50.0)]
    found = judged(
        [Bar("after 8 s", "median", 0.5), Bar("after 8 s", "max", 5), Bar("after 8 s", "clicks", 0)], rows, [], None
    )
    assert [(each.value, each.outcome) for each in found] == [(0.4, "met"), (6.0, "missed"), (1.0, "missed")]


def test_phases_with_a_common_beginning_are_taken_together() -> None:
    rows = [row("play 1", 1.0, 1.0), row("play 2", 9.0), row("seek", 70.0)]
    worst, largest = judged([Bar("play *", "worst median", 2), Bar("play *", "max", None)], rows, [], None)
    assert (worst.value, worst.outcome) == (9.0, "missed")
    assert (largest.value, largest.outcome) == (9.0, "told")


def test_one_play_that_cannot_be_compared_is_not_left_out() -> None:
    (worst,) = judged([Bar("play *", "worst median", 2)], [row("play 1", 1.0), row("play 2")], [], None)
    assert worst.outcome == "not measured"


def test_where_the_machine_stood_still_a_missed_bar_says_so() -> None:
    (found,) = judged([Bar("calm", "max", 5)], [row("calm", 6.0, stall_ms=20.0)], [], 20.0)
    assert found.outcome == "missed, machine stood still"
    (met,) = judged([Bar("calm", "max", 5)], [row("calm", 4.0, stall_ms=20.0)], [], 20.0)
    assert met.outcome == "met"


def test_who_never_came_back_took_longer_than_any_bar() -> None:
    lost = row("40 ms", 1.0, recovery=Recovery(None, 4.0, 0.3, 0))
    names = ("apart before, ms", "settled after, s", "others apart, ms", "others' clicks and silences")
    before, settled, apart, defects = judged(
        [Bar("40 ms", name, 1) for name in names],
        [lost],
        [],
        None,
    )
    assert (settled.value, settled.outcome) == (float("inf"), "missed")
    assert (before.value, apart.value, defects.value) == (4.0, 0.3, 0.0)


def test_what_is_not_in_the_recording_is_judged_by_its_worst() -> None:
    measured = [Measured("pause 1", "ms", 150.0, "browser 0"), Measured("pause 2", "ms", 230.0, "browser 1")]
    (found,) = judged([Bar("pause *", "ms", 200)], [], measured, 9.0)
    assert (found.value, found.words, found.outcome) == (230.0, "browser 1", "missed, machine stood still")


def test_what_did_not_happen_is_not_met() -> None:
    assert [each.outcome for each in judged([Bar("gone", "max", 5), Bar("gone", "ms", 1)], [], [], None)] == [
        "not measured",
        "not measured",
    ]
    assert Verdict("gone", "max", None, None, None).outcome == "not measured"


@pytest.mark.parametrize("name", TRIALS)
def test_every_bar_of_a_trial_is_about_a_figure_that_exists(name: str) -> None:
    trial = TRIALS[name]
    told = {
        "tab, % of a core",
        "click to effect, ms",
        "click to sound, s",
        "command to first changed sound, ms",
        "first changed sound apart, ms",
    }
    assert {bar.figure for bar in trial.bars} <= {*FIGURES, *told}
    assert trial.bars
    assert len(trial.devices) in (2, 3, 4)
