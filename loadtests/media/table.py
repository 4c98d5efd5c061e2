"""The figures as Markdown."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from loadtests.clock.table import markdown
from loadtests.media.bars import COLUMNS, PITCH_COLUMNS, Column
from loadtests.media.trial import Figures

Results = Mapping[str, Figures | str]
"""By engine: its figures, or the program that it needs and that is not installed."""


def stretch_table(results: Results) -> str:
    """Tempo: one row for each engine, mean / worst."""
    return _table(results, COLUMNS)


def pitch_table(results: Results) -> str:
    """Pitch: the same."""
    return _table(results, PITCH_COLUMNS)


def _table(results: Results, columns: Sequence[Column]) -> str:
    rows = [["engine, mean / worst", *(column.title for column in columns)]]
    rows.append(["bar", *("–" if column.bar is None else f"{column.bar:g}" for column in columns)])
    for engine, figures in results.items():
        if isinstance(figures, str):
            rows.append([engine, f"skipped: `{figures}` is not installed", *([""] * (len(columns) - 1))])
        else:
            rows.append([engine, *(_cell(column, figures) for column in columns)])
    return markdown(rows)


def _cell(column: Column, figures: Figures) -> str:
    mean, worst = fmean(figures[column.name]), column.worst(figures)
    return f"{mean:.{column.digits}f} / {worst:.{column.digits}f}"
