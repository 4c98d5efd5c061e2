import json
import sys
from pathlib import Path

import pytest

from hathor_rt.cli.listen import local_now, run
from hathor_rt.config import Config
from hathor_rt.headless.refusals import BadAddress, BadRecording, Unreachable
from hathor_rt.refusals import BadSetting
from tests.hathor_rt.headless.sound_cards import fake_sounddevice

URL = "http://127.0.0.1:9/"


def listen(
    url: str = URL,
    *,
    wav: Path | None = None,
    device: str | None = None,
    seconds: float | None = None,
    offset: float | None = None,
    config: Config | None = None,
) -> None:
    run(
        url,
        wav=wav,
        device=device,
        seconds=seconds,
        offset=offset,
        name="Speaker",
        accepts_any_certificate=False,
        config=config,
    )


def test_one_output_at_a_time(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="--wav and --device"):
        listen(wav=tmp_path / "a.wav", device="0")


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_length_is_above_nothing(seconds: float, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="--seconds"):
        listen(wav=tmp_path / "a.wav", seconds=seconds)
    assert not (tmp_path / "a.wav").exists()


@pytest.mark.parametrize("offset", [-1000.1, 5000.1, float("nan")])
def test_an_offset_is_between_one_second_early_and_five_late(offset: float, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="--offset is between -1000 and 5000 milliseconds"):
        listen(wav=tmp_path / "a.wav", offset=offset)
    assert not (tmp_path / "a.wav").exists()


def test_an_offset_is_kept_of_a_sound_card_where_a_folder_was_chosen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "sounddevice", fake_sounddevice("HDMI", "USB Audio"))
    chosen = Config(data=tmp_path / "me")
    for device, offset, config in (("1", 120.5, chosen), ("1", None, chosen), ("0", -35, chosen), ("0", 7, None)):
        with pytest.raises(BaseExceptionGroup) as told:
            listen(device=device, offset=offset, config=config)
        assert told.group_contains(Unreachable)
    assert json.loads((tmp_path / "me" / "listen-offsets.json").read_text()) == {"USB Audio": 120_500, "HDMI": -35_000}
    assert [path.name for path in tmp_path.iterdir()] == ["me"]


def test_nothing_is_written_for_an_address_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadAddress):
        listen("nowhere", wav=tmp_path / "a.wav")
    assert not (tmp_path / "a.wav").exists()


def test_a_file_that_cannot_be_written_is_told_before_anybody_is_called(tmp_path: Path) -> None:
    with pytest.raises(BadRecording):
        listen(wav=tmp_path / "nowhere" / "a.wav")


def test_the_local_clock_never_goes_back() -> None:
    readings = [local_now() for _ in range(100)]
    assert readings == sorted(readings)
