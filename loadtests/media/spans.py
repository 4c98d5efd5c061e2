"""What bent segments cost a worker that serves them, and how long the first one takes: a real process, jobs one by one."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trio

from loadtests.clock.table import markdown
from loadtests.machine import processor_seconds
from loadtests.media.signals import RATE_HZ, chords
from media.bend import PLAIN, Bend
from media.compiling import compile_bends
from media.jobs import Measure, Segment, Work, job_key
from media.messages import Failed
from media.pcm import RATE
from media.segment_format import SEGMENT_FRAMES
from media.stretch.float_wav import FloatWavWriter
from media.worker_process import WorkerFolders, WorkerProcess, start_worker

BENDS: Final = (
    PLAIN,
    Bend(500),
    Bend(800),
    Bend(1250),
    Bend(2000),
    Bend(1000, 300),
    Bend(1000, -1200),
    Bend(1000, 300, keeps_formants=True),
    Bend(800, -500, keeps_formants=True),
)
SECONDS: Final = 120
# What the room leaves between a change and its sound.
BUDGET_MS: Final = 300
_FIRSTS: Final = 8


@dataclass(frozen=True, slots=True)
class SpanFigures:
    """Of one bend.

    Attributes:
        cpu_ms: Processor time of the worker for each second of the rendition, all of it made in order, encoding included.
        one_span_ms: Wall time of first segments that are made of one span, each of a bend nobody asked for before.
        two_spans_ms: The same of segments that begin with a join.
    """

    bend: Bend
    cpu_ms: float
    one_span_ms: Sequence[float]
    two_spans_ms: Sequence[float]


async def measure(folder: Path, bends: Sequence[Bend], seconds: int) -> list[SpanFigures]:
    """Figures of every bend, of a recording of so many seconds; kernels are compiled into ``folder/compiled`` if need be."""
    path = folder / "chords.wav"
    with FloatWavWriter(path, RATE_HZ, 2) as writer:
        for seed in range(-(-seconds // 5)):
            writer.write(chords(seed, 1.0, 1.0).samples)
    await trio.to_thread.run_sync(compile_bends, folder / "compiled")
    worker = await start_worker(
        WorkerFolders(folder / "scratch", folder / "pcm", folder / "compiled", 1 << 30), "bench"
    )
    try:
        await worker.ready()
        await _took_ms(worker, Measure("chords", str(path)))
        # What is loaded behind the worker's back is loaded after these.
        for bend in (Bend(801, 1), Bend(801, -1), Bend(801, 1, keeps_formants=True)):
            await _took_ms(worker, _segment(path, bend, 2))
        return [await _figures(worker, path, bend, seconds) for bend in bends]
    finally:
        await worker.close()


async def _figures(worker: WorkerProcess, path: Path, bend: Bend, seconds: int) -> SpanFigures:
    frames = bend.frames_of(seconds * RATE)
    count = frames // SEGMENT_FRAMES
    began = processor_seconds(worker.process_id)
    for index in range(count):
        await _took_ms(worker, _segment(path, bend, index))
    spent = processor_seconds(worker.process_id) - began
    one: list[float] = []
    two: list[float] = []
    for number in range(_FIRSTS):
        even = 2 * (1 + number % (count // 2 - 1))
        for results, index in ((two, even), (one, even + 1)):
            wish = bend if bend.is_plain else _near(bend, len(one) + len(two) + 1)
            results.append(await _took_ms(worker, _segment(path, wish, index)))
    return SpanFigures(bend, 1000 * spent / (count * SEGMENT_FRAMES / RATE), one, two)


def _near(bend: Bend, number: int) -> Bend:
    """A bend some cents away: as much work, and no span that is kept of it."""
    cents = -number if bend.pitch_cents > 0 else number
    return Bend(bend.tempo_permille, bend.pitch_cents + cents, bend.keeps_formants)


def _segment(path: Path, bend: Bend, index: int) -> Segment:
    name = f"{bend.tempo_permille}-{bend.pitch_cents}-{bend.keeps_formants}"
    return Segment("chords", str(path), name, "opus", 128, index, bend)


async def _took_ms(worker: WorkerProcess, work: Work) -> float:
    began = time.perf_counter()
    outcome = await worker.work(job_key(work), work, lambda _: None)
    took = 1000 * (time.perf_counter() - began)
    assert not isinstance(outcome, Failed), outcome
    return took


def span_table(figures: Sequence[SpanFigures]) -> str:
    """One row for each bend."""
    rows = [
        ["tempo, cents, formants", "CPU ms/s", "first segment of one span, ms", "of two, ms", f"bar {BUDGET_MS} ms"]
    ]
    for each in figures:
        bend = each.bend
        worst = max(*each.one_span_ms, *each.two_spans_ms)
        rows.append(
            [
                f"{bend.tempo_permille / 1000:g}, {bend.pitch_cents}{', kept' if bend.keeps_formants else ''}",
                f"{each.cpu_ms:.1f}",
                _median_and_worst(each.one_span_ms),
                _median_and_worst(each.two_spans_ms),
                "kept" if worst <= BUDGET_MS else "missed",
            ]
        )
    return markdown(rows)


def _median_and_worst(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.0f} ({max(values):.0f})"


def tell() -> str:
    """The table, measured now."""
    with tempfile.TemporaryDirectory(prefix="hathor-spans-") as name:
        return span_table(trio.run(measure, Path(name), BENDS, SECONDS))
