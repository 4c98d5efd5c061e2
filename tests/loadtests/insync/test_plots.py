from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from loadtests.insync.offsets import Offset
from loadtests.insync.pairs import Pair
from loadtests.insync.plots import plot, write_plots
from loadtests.insync.report import TrialReport
from tests.loadtests.insync.test_report import CALM, report
from tests.loadtests.insync.test_verdicts import row

SVG = "{http://www.w3.org/2000/svg}"


def trial_of(*offsets: tuple[float, float]) -> TrialReport:
    """One pair, seconds and milliseconds."""
    found = [Offset(at, value, 1.0) for at, value in offsets]
    return replace(report(CALM), rows=[replace(row("after 8 s", 0.1), pairs=[Pair(0, 1, found)])])


def lines(picture: str) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in (point.split(",") for point in line.attrib["points"].split())]
        for line in ElementTree.fromstring(picture).iter(f"{SVG}polyline")
    ]


def test_later_is_to_the_right_and_more_is_above() -> None:
    (line,) = lines(plot(trial_of((0.5, 0.0), (1.0, 2.0), (1.5, -2.0))))
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    assert line[1][1] < line[0][1] < line[2][1]
    assert round(line[0][1] - line[1][1], 1) == round(line[2][1] - line[0][1], 1)


def test_windows_that_could_not_be_told_leave_a_gap() -> None:
    assert [len(line) for line in lines(plot(trial_of((0.5, 0), (0.75, 0), (2.5, 0), (2.75, 0), (2.9, 0))))] == [2, 3]


def test_a_fault_of_half_a_second_leaves_half_a_millisecond_to_be_seen() -> None:
    (line,) = lines(plot(trial_of((0.5, 0.0), (1.0, 0.5), (1.5, 500.0))))
    assert all(0 <= x <= 960 and 0 <= y <= 360 for x, y in line)
    assert line[0][1] - line[1][1] > 10


def test_the_scale_names_round_values_on_both_sides() -> None:
    words = {text.text for text in ElementTree.fromstring(plot(trial_of((0.5, 0.0), (1.0, 3.0)))).iter(f"{SVG}text")}
    assert {"-2", "-1", "+0", "+1", "+2"} <= words
    assert "+5" not in words


def test_nothing_to_compare_is_said() -> None:
    assert "nothing could be compared" in plot(trial_of())
    assert "nothing could be compared" in plot(replace(report(CALM), rows=[]))


def test_each_trial_has_a_file_that_names_it(tmp_path: Path) -> None:
    (path,) = write_plots([replace(trial_of((1, 1)), title="two & three")], tmp_path / "plots")
    words = [text.text for text in ElementTree.parse(path).iter(f"{SVG}text")]
    assert path.name == "calm.svg"
    assert "calm: two & three" in words
    assert "after 8 s" in words
