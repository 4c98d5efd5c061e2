import json
from pathlib import Path

import msgspec
import pytest

from hathor_rt.headless.refusals import BadRecording
from hathor_rt.headless.stamps import Stamp, StampFile, stamps_path

STAMP = Stamp(480, 10_000, 20_000, 150, "in-step", "e1", "t1", 5_000_000, -7, 0)


def test_the_file_is_valid_after_every_write(tmp_path: Path) -> None:
    path = stamps_path(tmp_path / "a.wav")
    assert path.name == "a.wav.json"
    file = StampFile(path)
    for count in range(4):
        assert msgspec.json.decode(path.read_bytes(), type=list[Stamp]) == [STAMP] * count
        file.write(STAMP)
    file.close()


def test_a_stamp_says_each_thing_by_name(tmp_path: Path) -> None:
    with StampFile(tmp_path / "a.json") as file:
        file.write(STAMP)
    (told,) = json.loads((tmp_path / "a.json").read_text())
    assert told["file_frame"] == 480
    assert told["server_instant"] == 20_000
    assert told["clock_error"] == 150
    assert (told["track"], told["position"]) == ("t1", 5_000_000)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRecording):
        StampFile(tmp_path / "nowhere" / "a.json")
