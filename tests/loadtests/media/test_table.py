import json
from pathlib import Path

import numpy as np
import pytest

from loadtests.media.__main__ import main
from loadtests.media.bars import COLUMNS, PITCH_COLUMNS, misses
from loadtests.media.engines import ENGINES, Task, blind, ffmpeg, ideal, missing
from loadtests.media.metrics import spectral_convergence
from loadtests.media.signals import SCORES
from loadtests.media.table import pitch_table, stretch_table
from loadtests.media.trial import Trial


def perfect() -> dict[str, list[float]]:
    return {column.name: [0.0 if column.bar is None else column.bar] * 2 for column in (*COLUMNS, *PITCH_COLUMNS)}


def test_what_reaches_every_bar_misses_none() -> None:
    assert misses(perfect()) == ()


def test_one_bad_signal_is_a_miss() -> None:
    figures = perfect()
    figures["sine"][1] = 69
    figures["cents"][0] = 6
    assert misses(figures) == ("sine SNR, dB", "pitch: cents off")


def test_an_engine_that_is_not_installed_is_skipped_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert missing("soundstretch") == "soundstretch"
    assert missing("music") == ""
    assert "skipped: `rubberband` is not installed" in stretch_table({"rubberband R2": missing("rubberband R2")})


@pytest.mark.slow
def test_the_latency_of_a_filter_is_found_and_taken_away() -> None:
    source = SCORES["hits"](1, 1.0, 1.0)
    late, spent = ffmpeg("adelay=20|20", Task(SCORES["hits"], 1, source.samples, 1.0, 0.0, keeps_formants=False))
    assert late.shape == source.samples.shape
    assert late[:, 2000:-2000] == pytest.approx(source.samples[:, 1998:-2002], abs=1e-6)
    assert spent > 0


def test_mean_and_worst_stand_side_by_side() -> None:
    figures = perfect()
    figures["sine"] = [80, 100]
    figures["pitch mel"] = [1.0, 2.0]
    assert "| 90 / 80 |" in stretch_table({"music": figures})
    assert "| 1.50 / 2.00 |" in pitch_table({"music": figures})


@pytest.mark.slow
def test_the_ideal_reaches_every_bar() -> None:
    figures = dict(Trial(ideal).run([1]))
    # What rendering a formula costs says nothing.
    for name in [*(name for name in figures if name.startswith("cpu")), "pitch cpu", "formant cpu"]:
        figures[name] = [0.0]
    assert misses(figures) == ()
    assert set(figures["mel"]) == set(figures["convergence"]) == set(figures["formant mel"]) == {0.0}


@pytest.mark.parametrize("name", ["hits", "chords"])
def test_unknown_phases_change_chords_alone(name: str) -> None:
    score = SCORES[name]
    task = Task(score, 2, score(2, 1.0, 1.0).samples, 2.0, 0.0, False)
    made, wanted = blind(task)[0], ideal(task)[0]
    assert np.array_equal(made, wanted) == (name != "chords")
    assert (made**2).mean() == pytest.approx((wanted**2).mean(), rel=0.3)
    assert spectral_convergence(made, wanted) < 0.5


@pytest.mark.slow
def test_the_command_prints_both_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--only", "speech", "--json", str(tmp_path / "found.json")]) == 0
    told = capsys.readouterr().out
    assert told.count("| speech |") == 2
    assert "load average" in told
    assert json.loads((tmp_path / "found.json").read_text())["figures"]["speech"]["lost"]
    assert "ideal" in ENGINES
