"""Figures as people read them."""

import pytest

from loadtests.realtime.table import markdown, milliseconds, number


def test_a_table_is_markdown() -> None:
    assert markdown(("a", "b"), [("1", "x|y")]) == "| a | b |\n| --- | --- |\n| 1 | x\\|y |"


def test_a_row_must_fit_its_columns() -> None:
    with pytest.raises(ValueError, match="3 cells in a table of 2"):
        markdown(("a", "b"), [("1", "2", "3")])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.06423, "0.0642"),
        (9.996, "10"),
        (12.34, "12.3"),
        (999.4, "999"),
        (1234.0, "1 230"),
        (14_187_000.0, "14 200 000"),
        (float("nan"), "–"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_durations_are_in_milliseconds() -> None:
    assert milliseconds(0.0123, 1.5) == "12 / 1 500"
