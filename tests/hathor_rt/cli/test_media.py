import base64
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hathor_rt.cli.commands import main
from hathor_rt.cli.media import MediaRefused, Separation, readable, run_process
from media.stretch.float_wav import FloatWavWriter
from tests.media.sounds import music

SAYS = "import sys; [print(line, flush=True) for line in sys.argv[2:]]; sys.exit(int(sys.argv[1]))"


def process(status: int, *lines: object) -> list[str]:
    return [sys.executable, "-c", SAYS, str(status), *(json.dumps(line) for line in lines)]


def unheard(_: float) -> None:
    """Progress nobody asked for."""


async def test_progress_is_handed_over() -> None:
    positions: list[float] = []
    said = await run_process(process(0, {"position": 0.5}, {"position": 1.0}, {"found": 3}), positions.append)
    assert positions == [0.5, 1.0]
    assert said == {"found": 3}


async def test_a_refusal_keeps_its_code_and_its_reason() -> None:
    with pytest.raises(MediaRefused, match="too soft") as caught:
        await run_process(process(2, {"code": "damaged-file", "reason": "too soft"}), unheard)
    assert caught.value.code == "damaged-file"


async def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(MediaRefused) as caught:
        await run_process(process(7, {"position": 0.5}), unheard)
    assert caught.value.code == "worker-died"


@pytest.mark.slow
def test_a_file_is_stretched_and_a_wrong_one_refused(tmp_path: Path) -> None:
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    with FloatWavWriter(source, 44_100, 2) as writer:
        writer.write(music(44_100))
    words = ["media", "stretch", str(source), str(target), "--tempo", "1.25", "--pitch", "-3", "--engine", "speech"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert target.stat().st_size == 58 + 35_280 * 8
    result = CliRunner().invoke(main, ["media", "stretch", str(tmp_path / "gone.wav"), str(target)])
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("[file-missing]")


@pytest.mark.slow
def test_a_file_is_rendered_and_a_wrong_wish_refused(tmp_path: Path) -> None:
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    with FloatWavWriter(source, 48_000, 2) as writer:
        writer.write(music(240_000))
    words = ["media", "render", str(source), str(target), "--tempo", "0.8", "--pitch", "2", "--formants"]
    result = CliRunner().invoke(main, [*words, "--segments", str(tmp_path / "segments"), "--codec", "flac"])
    assert result.exit_code == 0, result.output
    assert target.stat().st_size == 58 + 300_000 * 8
    assert [path.name for path in sorted((tmp_path / "segments").iterdir())] == ["00000.flac", "00001.flac"]
    result = CliRunner().invoke(main, ["media", "render", str(source), str(target), "--tempo", "3"])
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("[bad-change]")


@pytest.mark.slow
def test_a_file_is_probed(tmp_path: Path) -> None:
    source = tmp_path / "in.wav"
    with FloatWavWriter(source, 48_000, 2) as writer:
        writer.write(music(48_000))
    result = CliRunner().invoke(main, ["media", "probe", str(source), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["frames"] == 48_000
    assert "loudness_lufs" in CliRunner().invoke(main, ["media", "probe", str(source)]).stdout


@pytest.mark.slow
def test_a_file_is_analysed(tmp_path: Path) -> None:
    source, picture = tmp_path / "in.wav", tmp_path / "out.png"
    with FloatWavWriter(source, 48_000, 2) as writer:
        writer.write(music(48_000 * 8))
    result = CliRunner().invoke(main, ["media", "analyse", str(source), "--json", "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["frames"] == 48_000 * 8
    assert found["beats"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    told = CliRunner().invoke(main, ["media", "analyse", str(source)]).stdout
    assert f"{len(found['beats'])}, the first at" in told
    refused = CliRunner().invoke(main, ["media", "analyse", str(tmp_path / "gone.wav")])
    assert refused.exit_code == 2


def test_facts_are_told_in_words() -> None:
    found: dict[str, object] = {
        "seconds": 8.0, "key": "", "tempo_bpm": None, "beats": [], "fingerprint": None, "audible_from": 24_000,
        "is_tempo_steady": True,
    }  # fmt: skip
    assert dict(readable(found)) == {
        "seconds": "8.00", "key": "–", "tempo_bpm": "–", "beats": "0", "audible_from": "0.500 s",
        "fingerprint": "none: libchromaprint1 is not installed", "is_tempo_steady": "True",
    }  # fmt: skip
    words = base64.b64encode(bytes(4 * 900)).decode()
    assert readable({"fingerprint": words}) == [("fingerprint", "900 words")]


@pytest.mark.slow
def test_a_file_is_passed_through_effects(tmp_path: Path) -> None:
    source, target = tmp_path / "in.wav", tmp_path / "out.wav"
    with FloatWavWriter(source, 44_100, 2) as writer:
        writer.write(music(44_100))
    result = CliRunner().invoke(main, ["media", "effects", str(source), str(target), "--preset", "bass"])
    assert result.exit_code == 0, result.output
    assert target.stat().st_size == 58 + 44_100 * 8
    chosen = tmp_path / "chosen.json"
    chosen.write_text('{"reverb": {"space": "garage"}}')
    result = CliRunner().invoke(main, ["media", "effects", str(source), str(target), "--json", str(chosen)])
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("[out-of-range]")


def test_effects_are_named_or_told_in_a_file() -> None:
    for words in ([], ["--preset", "bass", "--json", "chosen.json"]):
        result = CliRunner().invoke(main, ["media", "effects", "in.wav", "out.wav", *words])
        assert result.exit_code == 2
        assert "either --preset or --json" in result.stderr


@pytest.mark.slow
def test_a_model_that_is_not_there_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with FloatWavWriter(tmp_path / "in.wav", 48_000, 2) as writer:
        writer.write(music(48_000))
    words = ["media", "separate", str(tmp_path / "in.wav"), str(tmp_path / "out"), "--model", "nobody"]
    result = CliRunner().invoke(main, ["--data", str(tmp_path), *words])
    assert result.exit_code == 2
    assert result.stderr.strip().endswith("[model-missing]")
    assert not (tmp_path / "out").exists()


def test_what_was_asked_for_reaches_the_process(tmp_path: Path) -> None:
    asked = Separation(tmp_path / "in.wav", tmp_path / "out", tmp_path / "models", "mine", takes_pickled=True)
    assert asked.command[1:] == [
        "-m",
        "media.stems",
        "separate",
        f"--models={tmp_path / 'models'}",
        "--model=mine",
        "--pickled",
        "--",
        str(tmp_path / "in.wav"),
        str(tmp_path / "out"),
    ]
