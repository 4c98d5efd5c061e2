"""What taking a recording in costs: CPU milliseconds per second of sound, for each part and for all of it.

``python -m loadtests.media.ingest [--seconds 60] [--json FILE]``: a composed song as MP3 at 44.1 kHz is decoded, resampled,
listened to by every measurement and encoded to Opus segments. Parts are run by themselves on the same sound, the total is that
of the jobs a worker does; the lowest of three runs counts, after one that compiles.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from loadtests.clock.table import markdown
from loadtests.machine import load_average, machine
from media.analysis.decimation import Decimator
from media.analysis.listener import MONO_METERS, STEREO_METERS, MonoMeter, StereoMeter
from media.analysis.peaks import ZOOMS_PER_SECOND, PeakMeter
from media.composer.render import render
from media.composer.songs import SONGS
from media.decode import Decoding
from media.jobs import Measure, Segment
from media.pcm import RATE, Pcm, Samples
from media.pcm_cache import LEAST_BYTES, PcmCache
from media.render import Renderer
from media.rendition import Rendition
from media.segment_format import SEGMENT_FRAMES

BAR_MS: Final = 15.0
DECODING: Final = "decode and resample MP3"
LISTENING: Final = "all measurements"
ENCODING: Final = "Opus segments"
TOTAL: Final = "everything, as a worker does it"
_RUNS: Final = 3

Costs = Mapping[str, float]
"""CPU milliseconds per second of sound, by part."""


def costs(seconds: int, folder: Path) -> Costs:
    """Measure every part.

    Args:
        seconds: Of music to take.
        folder: For files.
    """
    path = _song(seconds, folder)
    blocks = list(Decoding(path).blocks())
    length = sum(block.frames for block in blocks) / RATE
    found = {DECODING: _cost(lambda: _drain(path)) / length}
    decimator = Decimator()
    mono = [decimator.mono(block) for block in blocks]
    found["waveform"] = _cost(lambda: _waveform(blocks)) / length
    for name, make in STEREO_METERS.items():
        found[name] = _cost(lambda make=make: _stereo(make(), blocks)) / length  # type: ignore[misc]  # bound early
    found["12 kHz mono"] = _cost(lambda: [Decimator().mono(block) for block in blocks]) / length
    for name, make_mono in MONO_METERS.items():
        found[name] = _cost(lambda make=make_mono: _mono(make(), mono)) / length  # type: ignore[misc]  # bound early
    found[LISTENING] = sum(cost for name, cost in found.items() if name != DECODING)
    renderer = Renderer(PcmCache(folder / "pcm", LEAST_BYTES), folder / "scratch", folder / "unfinished")
    renderer.render(Measure("sound", str(path)), _untold)
    found[ENCODING] = _cost(lambda: _segments(renderer, path, length)) / length
    runs = iter(range(100))

    def all_of_it() -> None:
        renderer.render(Measure(f"sound {next(runs)}", str(path)), _untold)
        _segments(renderer, path, length)

    found[TOTAL] = _cost(all_of_it) / length
    return {name: 1000 * cost for name, cost in found.items()}


def table(found: Costs) -> str:
    """The costs as Markdown."""
    rows = [["part", "CPU ms per second of sound"], *([name, f"{cost:.2f}"] for name, cost in found.items())]
    return markdown(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.media.ingest", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="of music")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(arguments)
    begin = load_average()
    with tempfile.TemporaryDirectory(prefix="ingest-") as name:
        found = costs(options.seconds, Path(name))
    print(f"{machine()}; {datetime.now(UTC):%Y-%m-%d}; load average {begin:.1f} before, {load_average():.1f} after.\n")
    print(table(found))
    print(f"\nBar: {BAR_MS:g} ms for everything; {'reached' if found[TOTAL] <= BAR_MS else 'missed'}.")
    if options.json is not None:
        options.json.write_text(json.dumps({"machine": machine(), "load": begin, "costs": found}, indent=1) + "\n")
    return 0


def _song(seconds: int, folder: Path) -> Path:
    song = SONGS[2]
    bars = max(1, round(seconds / song.tempo.seconds(song.form.beats_per_bar)))
    mix = render(song, bars=min(bars, song.form.bars)).mix
    path = folder / "song.mp3"
    sound = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "-"]
    command = ["ffmpeg", "-v", "error", "-y", *sound, "-ar", "44100", "-b:a", "256k", str(path)]
    subprocess.run(command, input=np.ascontiguousarray(mix.T).tobytes(), check=True)
    return path


def _drain(path: Path) -> None:
    for _ in Decoding(path).blocks():
        pass


def _waveform(blocks: Sequence[Pcm]) -> None:
    meter = PeakMeter()
    for block in blocks:
        meter.add(block)
    for zoom in ZOOMS_PER_SECOND:
        meter.to_bytes(zoom)


def _stereo(meter: StereoMeter, blocks: Sequence[Pcm]) -> None:
    for block in blocks:
        meter.add(block)
    meter.findings()


def _mono(meter: MonoMeter, blocks: Sequence[Samples]) -> None:
    for block in blocks:
        meter.add(block)
    meter.findings()


def _segments(renderer: Renderer, path: Path, length: float) -> None:
    rendition = Rendition("sound")
    for index in range(int(length * RATE) // SEGMENT_FRAMES):
        work = Segment("sound", str(path), rendition.key, rendition.codec, rendition.kilobits, index)
        renderer.render(work, _untold)


def _untold(_: float) -> None:
    """Progress nobody asked for."""


def _cost(step: Callable[[], object]) -> float:
    """CPU seconds of the cheapest run."""
    step()
    taken = []
    for _ in range(_RUNS):
        began = time.process_time()
        step()
        taken.append(time.process_time() - began)
    return min(taken)


if __name__ == "__main__":
    sys.exit(main())
