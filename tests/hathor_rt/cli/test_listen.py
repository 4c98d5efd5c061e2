from pathlib import Path

import pytest

from hathor_rt.cli.listen import local_now, run
from hathor_rt.headless.refusals import BadAddress, BadRecording
from hathor_rt.refusals import BadSetting

URL = "http://127.0.0.1:9/"


def listen(
    url: str = URL,
    *,
    wav: Path | None = None,
    device: str | None = None,
    seconds: float | None = None,
    offset: float | None = None,
) -> None:
    run(url, wav=wav, device=device, seconds=seconds, offset=offset, name="Speaker", accepts_any_certificate=False)


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
