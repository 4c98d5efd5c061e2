"""Damaged sound files through a real worker process: each is measured or refused with a clear code, and harms no other."""

import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from loadtests.fuzz.field import Broken
from media.jobs import Measure, Work
from media.messages import Failed, Measured, Report
from tests.media.damage import Damaged
from tests.media.sounds import music, write_sound

# Between so many damaged files a healthy one is measured, which must yield what it always yields.
_BETWEEN_HEALTHY: Final = 25
_MOST_GROWTH_MEGABYTES: Final = 200
_CODES: Final = frozenset({"damaged-file"})


def endure(files: Iterable[Damaged], ask: Callable[[Work], Report], process_id: int, folder: Path) -> Counter[str]:
    """Have every file measured.

    Args:
        files: What to measure.
        ask: Has the worker do something and returns its outcome; fails if the process ended.
        process_id: Of the worker.
        folder: For the files.

    Returns:
        How many were measured and how many refused, by code.

    Raises:
        Broken: A file was answered otherwise, a healthy file no longer yields the same, or memory grew by 200 MB.
    """
    folder.mkdir(parents=True, exist_ok=True)
    healthy = write_sound(folder, "flac", music(100_000), stem="healthy")
    wanted = _measured(ask, healthy)
    began = _resident_megabytes(process_id)
    outcomes: Counter[str] = Counter()
    for number, damaged in enumerate(files):
        path = folder / f"damaged{damaged.suffix}"
        path.write_bytes(damaged.content)
        match ask(Measure(f"damaged-{number}", str(path), keeps_sound=number % 2 == 0)):
            case Measured() as measured:
                outcomes["measured"] += 1
                _take_away(measured)
            case Failed(code=code, reason=reason) if code in _CODES and reason:
                outcomes[code] += 1
            case other:
                raise Broken(f"{damaged.name}: {other}")
        path.unlink()
        if number % _BETWEEN_HEALTHY == 0 and _measured(ask, healthy) != wanted:
            raise Broken(f"after {damaged.name} a healthy file is measured differently")
    grown = _resident_megabytes(process_id) - began
    if grown > _MOST_GROWTH_MEGABYTES:
        raise Broken(f"the worker grew by {grown:.0f} MB")
    if _measured(ask, healthy) != wanted:
        raise Broken("at the end a healthy file is measured differently")
    return outcomes


def _measured(ask: Callable[[Work], Report], path: Path) -> tuple[Measured, bytes]:
    """What a healthy file yields, but for where the result lies."""
    outcome = ask(Measure("healthy", str(path), keeps_sound=False))
    if not isinstance(outcome, Measured):
        raise Broken(f"a healthy file: {outcome}")
    content = b"".join(Path(part).read_bytes() for part in _parts(outcome))
    _take_away(outcome)
    return msgspec.structs.replace(outcome, peaks_path="", overview_path="", detail_path="", facts_path=""), content


def _parts(measured: Measured) -> tuple[str, ...]:
    return measured.peaks_path, measured.overview_path, measured.detail_path, measured.facts_path


def _take_away(measured: Measured) -> None:
    for part in _parts(measured):
        Path(part).unlink()


def _resident_megabytes(process_id: int) -> float:
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
