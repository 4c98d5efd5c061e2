"""Measure how far apart real browsers sound: ``python -m loadtests.insync [--seconds 30] [--clients 2] [--json FILE]``.

Starts the server on the demo library, browsers on a private PulseAudio, plays through every scenario, and prints figures
beside the rig's own floor. Takes about two minutes with the defaults; nothing else should run meanwhile.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from loadtests.insync.pulse import private_pulse
from loadtests.insync.recording import recorder
from loadtests.insync.report import Report, conditions_of, rows_of, table
from loadtests.insync.scenarios import room_session, whole_evening
from loadtests.insync.self_test import measure_floor
from loadtests.insync.stalls import stall_watch
from loadtests.insync.tracks import Tracks, read_track
from loadtests.machine import load_average
from tests.end_to_end.server_process import ServerProcess

_DEMO = Path(__file__).parent.parent.parent / "var" / "demo"


@contextmanager
def _demo_server(folder: Path) -> Iterator[ServerProcess]:
    subprocess.run([sys.executable, "-m", "media.composer", str(_DEMO)], check=True, capture_output=True)
    data = folder / "data"
    data.mkdir()
    (data / "demo").symlink_to(_DEMO, target_is_directory=True)
    server = ServerProcess(data)
    server.command("library", "demo")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def measure(folder: Path, seconds: float, clients: int) -> Report:
    """Run and judge one session; all samples lie in `folder` afterwards."""
    samples = folder / "session.f32"
    with (
        _demo_server(folder) as server,
        private_pulse(clients) as pulse,
        sync_playwright() as playwright,
    ):
        floor = measure_floor(playwright, pulse, folder)
        before = load_average()
        with (
            stall_watch() as watch,
            recorder(pulse, samples) as running,
            room_session(playwright, pulse, running, server.url) as session,
        ):
            whole_evening(session, playwright, pulse, server.url, seconds, seconds / 3)
            recording = running.taken()
            stalls = watch.taken() if watch.is_watching else None
        conditions = conditions_of((before, load_average()), is_raised=session.is_raised)
    tracks = Tracks({path.stem: read_track(path) for path in sorted(_DEMO.glob("*.flac"))})
    return Report(conditions, floor, rows_of(recording, clients, session.phases, tracks, stalls))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.insync", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="of steady play; other scenarios get a third each")
    parser.add_argument("--clients", type=int, default=2, choices=range(2, 5), help="browsers in the room")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument(
        "--keep", type=Path, help="keep the recorded samples in this file (float32, 2 channels a client)"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="insync-") as name:
        report = measure(Path(name), arguments.seconds, arguments.clients)
        if arguments.keep is not None:
            shutil.copyfile(Path(name) / "session.f32", arguments.keep)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report.content(), indent=2) + "\n")
    print(table(report))


if __name__ == "__main__":
    main()
