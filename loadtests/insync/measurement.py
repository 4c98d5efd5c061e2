"""One trial from beginning to end: a fresh server, browsers, recording, judgement."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.sync_api import Error, Playwright

from loadtests.insync.pulse import PulseFailure
from loadtests.insync.recording import Recording
from loadtests.insync.reference import reference_server
from loadtests.insync.report import TrialReport, conditions_of
from loadtests.insync.rows import rows_of
from loadtests.insync.stage import Device, Stage, stage_of
from loadtests.insync.stalls import Stall, longest, stall_watch
from loadtests.insync.tracks import DEMO, Tracks
from loadtests.insync.trials.trial import Trial
from loadtests.insync.verdicts import judged
from loadtests.machine import load_average
from tests.end_to_end.server_process import ServerProcess


def prepare(folder: Path) -> Path:
    """A data folder with the demo library, for every trial to copy."""
    subprocess.run([sys.executable, "-m", "media.composer", str(DEMO)], check=True, capture_output=True)
    data = folder / "template"
    data.mkdir()
    (data / "demo").symlink_to(DEMO, target_is_directory=True)
    ServerProcess(data).command("library", "demo")
    return data


@dataclass(frozen=True, slots=True)
class Rig:
    """What all trials of a measurement share.

    Attributes:
        folder: For recordings and data; each trial cleans up behind itself, except for what `keep` asks for.
        seconds: Of steady play in each trial.
        clients: Least number of browsers.
        keep: Where recordings are left (float32, two channels a client), None to leave none.
    """

    playwright: Playwright
    folder: Path
    template: Path
    tracks: Tracks
    seconds: float
    clients: int
    keep: Path | None = None

    def measure(self, trial: Trial) -> TrialReport:
        """Play and judge one trial; what goes wrong in it is in its report."""
        trial = replace(trial, devices=_filled(trial.devices, self.clients))
        samples = self.folder / f"{trial.name}.f32"
        before, failure = load_average(), ""
        stage: Stage | None = None
        recording: Recording | None = None
        with stall_watch() as watch:
            try:
                with (
                    self._server(trial) as port,
                    stage_of(self.playwright, port, trial.devices, samples) as stage,
                ):
                    trial.play(stage, self.seconds)
                    recording = stage.recorder.taken()
            except (AssertionError, Error, OSError, PulseFailure, subprocess.SubprocessError) as error:
                failure = f"{type(error).__name__}: {error}"
            stalls = watch.taken() if watch.is_watching else None
        report = self._judge(trial, stage, recording, stalls, before, failure)
        if self.keep is not None and samples.exists():
            shutil.move(samples, self.keep / samples.name)
        samples.unlink(missing_ok=True)
        return report

    def _judge(
        self,
        trial: Trial,
        stage: Stage | None,
        recording: Recording | None,
        stalls: list[Stall] | None,
        before: float,
        failure: str,
    ) -> TrialReport:
        stall = None if stalls is None else round(1e3 * longest(stalls, 0, float("inf")), 1)
        is_raised = stage is not None and stage.session.is_raised
        conditions = conditions_of((before, load_average()), is_raised=is_raised, stall_ms=stall)
        if stage is None or recording is None:
            return TrialReport(trial.name, trial.title, conditions, [], [], [], failure)
        rows = rows_of(recording, len(trial.devices), stage.session.phases, self.tracks, stalls)
        verdicts = judged(trial.bars, rows, stage.measured, stall)
        return TrialReport(trial.name, trial.title, conditions, verdicts, rows, stage.measured, failure)

    @contextmanager
    def _server(self, trial: Trial) -> Iterator[int]:
        if trial.is_reference:
            with reference_server(sorted(DEMO.glob("*.flac"))[0]) as port:
                yield port
            return
        data = self.folder / "data"
        shutil.copytree(self.template, data, symlinks=True)
        server = ServerProcess(data)
        try:
            yield server.start().port
        finally:
            server.stop()
            shutil.rmtree(data, ignore_errors=True)


def _filled(devices: tuple[Device, ...], clients: int) -> tuple[Device, ...]:
    """Ordinary devices before the last one, which may be the one that comes late, until there are enough."""
    missing = max(0, clients - len(devices))
    return devices[:-1] + (Device(),) * missing + devices[-1:]
