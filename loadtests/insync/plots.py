"""Offsets over time as a picture: one SVG for each trial, a line for every two listeners, a band for every phase.

Time counts from the start of the youngest AudioContext. The scale is linear near zero and logarithmic beyond, so that half a
millisecond and a fault of half a second are both seen.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import numpy as np

from loadtests.insync.offsets import Offset
from loadtests.insync.report import TrialReport
from loadtests.insync.rows import Row

_WIDTH: Final = 960
_HEIGHT: Final = 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 48, 40
# Distinct for the colour-blind as well (Okabe and Ito).
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_LEAST_REACH_MS: Final = 1.0
# Below this the scale is nearly linear: what is asked of players who have settled.
_LINEAR_MS: Final = 0.5
_TICK_VALUES: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
_LEAST_PIXELS: Final = 14
# Windows that could not be told leave a gap in a line when they are more than this apart.
_BREAK_SECONDS: Final = 1.0
_TICKS: Final = 10


def plot(trial: TrialReport) -> str:
    """The picture; without a single offset it says so."""
    scale = _Scale(trial.rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="18" font-size="14">{escape(f"{trial.name}: {trial.title}")}</text>',
        f'<text x="{_LEFT}" y="34" fill="#666">{escape(_words(trial))}</text>',
    ]
    if scale.is_empty:
        parts.append(f'<text x="{_LEFT}" y="{_HEIGHT // 2}">nothing could be compared</text>')
    else:
        parts += [*_bands(trial.rows, scale), *_axes(scale), *_lines(trial.rows, scale), *_legend(trial.rows)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def write_plots(trials: list[TrialReport], folder: Path) -> list[Path]:
    """One file for each trial, by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{trial.name}.svg" for trial in trials]
    for path, trial in zip(paths, trials, strict=True):
        path.write_text(plot(trial))
    return paths


class _Scale:
    """From seconds and milliseconds to places in the picture."""

    def __init__(self, rows: list[Row]) -> None:
        values = [abs(each.milliseconds) for row in rows for pair in row.pairs for each in pair.offsets]
        self.is_empty = not values
        self.reach = max(_LEAST_REACH_MS, 1.1 * max(values, default=0.0))
        starts = [_start(row) for row in rows]
        self.first = min(starts, default=0.0)
        self.last = max((start + row.seconds for start, row in zip(starts, rows, strict=True)), default=1.0)

    def x(self, seconds: float) -> float:
        share = (seconds - self.first) / max(self.last - self.first, 1e-9)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, milliseconds: float) -> float:
        share = math.asinh(milliseconds / _LINEAR_MS) / math.asinh(self.reach / _LINEAR_MS)
        return round(_TOP + (1 - share) / 2 * (_HEIGHT - _TOP - _BOTTOM), 1)

    def ticks(self) -> list[float]:
        """Values to be named, from zero outwards, none too close to the one before."""
        chosen = [0.0]
        for value in _TICK_VALUES:
            if value <= self.reach and self.y(chosen[-1]) - self.y(value) >= _LEAST_PIXELS:
                chosen.append(value)
        return [-value for value in chosen[:0:-1]] + chosen


def _start(row: Row) -> float:
    return row.from_start if row.from_start is not None else 0.0


def _words(trial: TrialReport) -> str:
    conditions = trial.conditions
    loads = f"{conditions.load_before:.1f}–{conditions.load_after:.1f}"
    return f"offset between listeners, ms; {conditions.date}, load average {loads}"


def _bands(rows: list[Row], scale: _Scale) -> Iterator[str]:
    for number, row in enumerate(rows):
        left, right = scale.x(_start(row)), scale.x(_start(row) + row.seconds)
        shade = "#f4f4f4" if number % 2 == 0 else "#ececec"
        height = _HEIGHT - _TOP - _BOTTOM
        yield f'<rect x="{left}" y="{_TOP}" width="{round(right - left, 1)}" height="{height}" fill="{shade}"/>'
        yield f'<text x="{left + 3}" y="{_TOP + 13}" fill="#666" font-size="10">{escape(row.phase)}</text>'


def _axes(scale: _Scale) -> Iterator[str]:
    for value in scale.ticks():
        y = scale.y(value)
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="{"#666" if value == 0 else "#ccc"}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{value:+g}</text>'
    for value in np.linspace(scale.first, scale.last, _TICKS).tolist():
        yield f'<text x="{scale.x(value)}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{value:.0f}</text>'
    yield f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 6}" text-anchor="end" fill="#666">s from the start of sound</text>'


def _lines(rows: list[Row], scale: _Scale) -> Iterator[str]:
    for row in rows:
        for number, pair in enumerate(row.pairs):
            for stretch in _unbroken(pair.offsets):
                points = " ".join(f"{scale.x(_start(row) + each.at)},{scale.y(each.milliseconds)}" for each in stretch)
                yield f'<polyline points="{points}" fill="none" stroke="{_COLOURS[number]}" stroke-width="1.5"/>'


def _unbroken(offsets: list[Offset]) -> Iterator[list[Offset]]:
    stretch: list[Offset] = []
    for each in offsets:
        if stretch and each.at - stretch[-1].at > _BREAK_SECONDS:
            yield stretch
            stretch = []
        stretch.append(each)
    if stretch:
        yield stretch


def _legend(rows: list[Row]) -> Iterator[str]:
    for number, pair in enumerate(rows[0].pairs):
        words = f"{pair.second} after {pair.first}"
        yield f'<text x="{_LEFT + 90 * number}" y="{_HEIGHT - 6}" fill="{_COLOURS[number]}">— {words}</text>'
