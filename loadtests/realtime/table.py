"""Rows of a measurement as Markdown."""

from collections.abc import Sequence
from typing import Final

Row = Sequence[str]
BAD: Final = "**"
"""What a row's last cell begins with if the clients did not end with the same."""


def markdown(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """A table; every row has as many cells as there are columns.

    Raises:
        ValueError: One has not.
    """
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"a row of {len(row)} cells in a table of {len(columns)} columns: {row}")
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def number(value: float, digits: int = 3) -> str:
    """To `digits` significant digits, thousands apart; a dash for what is not a number."""
    if value != value:
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 10**digits:
        power = 10 ** (len(str(int(abs(value)))) - digits)
        return f"{round(value / power) * power:,}".replace(",", " ")
    return f"{float(f'{value:.{digits - 1}e}'):g}"


def milliseconds(*seconds: float) -> str:
    """Durations, divided by slashes."""
    return " / ".join(number(1e3 * value, 2) for value in seconds)
