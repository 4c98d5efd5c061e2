import time
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from loadtests.insync.links import Link
from loadtests.insync.measurement import Rig, prepare
from loadtests.insync.report import TrialReport, table
from loadtests.insync.shim import Shim
from loadtests.insync.stage import Device, Stage
from loadtests.insync.tracks import demo_tracks
from loadtests.insync.trials import TRIALS
from loadtests.insync.trials.trial import Bar, Trial

pytestmark = [pytest.mark.sound, pytest.mark.browser, pytest.mark.slow]

SECONDS = 4.0


def measured(folder: Path, trial: Trial) -> TrialReport:
    """Twice if need be: a machine that stood still may keep a browser from sounding."""
    kept = folder / "kept"
    kept.mkdir()
    with sync_playwright() as playwright:
        rig = Rig(playwright, folder, prepare(folder), demo_tracks(), SECONDS, clients=2, keep=kept)
        report = rig.measure(trial)
        return rig.measure(trial) if report.failure else report


def test_a_trial_is_played_recorded_and_judged(tmp_path: Path) -> None:
    """What it finds is for a quiet machine to say; that everything takes part shows on any."""
    far = Device(Shim(offset_ms=2_500, skew_ppm=80, latency_hint="interactive"), Link(up_ms=5, down_ms=5, jitter_ms=2))
    report = measured(tmp_path, replace(TRIALS["late"], devices=(Device(), far)))
    assert report.failure == ""
    assert [row.phase for row in report.rows] == ["at once", "after 10 s"]
    assert all(each.value is not None for each in report.verdicts if each.figure in ("clicks", "click to sound, s"))
    # Both are heard; on a busy machine one may glide so much that they cannot be compared.
    assert [sum(each) < 1e3 * SECONDS / 4 for each in report.rows[1].silences_ms] == [True, True]
    assert report.rows[1].windows[1] > 0
    assert len(report.rows[1].rates_ppm) == 2
    assert report.rows[1].from_start is not None
    assert report.rows[1].from_start > 9
    assert "| after 10 s |" in table(report)
    assert (tmp_path / "kept" / "late.f32").stat().st_size > 0
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "late.f32").exists()


def once(stage: Stage, seconds: float) -> None:
    stage.open_room()
    began = time.time()
    stage.phase("playing", began, began + seconds)


def test_another_products_method_is_played_on_the_same_stage(tmp_path: Path) -> None:
    report = measured(tmp_path, replace(TRIALS["reference"], play=once, bars=(Bar("playing", "clicks", None),)))
    assert report.failure == ""
    assert [row.phase for row in report.rows] == ["playing"]
    assert report.rows[0].windows[0] > 0
    assert [each.outcome for each in report.verdicts] == ["told"]
