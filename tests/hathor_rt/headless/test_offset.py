from pathlib import Path

import pytest

from hathor_rt.headless.offset import LEAST, MOST, Offset, millis


def test_an_output_keeps_its_own_over_runs(tmp_path: Path) -> None:
    file = tmp_path / "new" / "offsets.json"
    for output, micros in (("USB Audio", 120_000), ("Bluetooth", -35_500), ("USB Audio", 90_000)):
        offset = Offset(output, file)
        offset.put(micros)
        assert offset.keep()
    assert [Offset(output, file).micros for output in ("USB Audio", "Bluetooth", "HDMI")] == [90_000, -35_500, 0]
    assert [path.name for path in file.parent.iterdir()] == ["offsets.json"]


def test_it_stays_within_what_an_offset_can_be(tmp_path: Path) -> None:
    offset = Offset("a", None)
    offset.put(MOST + 1)
    assert offset.micros == MOST
    offset.put(LEAST - 1)
    assert offset.micros == LEAST
    file = tmp_path / "offsets.json"
    file.write_text('{"a": 9000000}')
    assert Offset("a", file).micros == MOST


def test_a_nameless_output_and_one_without_a_file_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "offsets.json"
    for offset in (Offset("", file), Offset("a", None)):
        offset.put(5_000)
        assert offset.micros == 5_000
        assert not offset.keep()
    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": "b"}', b"\xff", b'{"a": 1.5}'])
def test_a_damaged_file_holds_none_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "offsets.json"
    file.write_bytes(content)
    offset = Offset("a", file)
    assert offset.micros == 0
    offset.put(1_000)
    assert offset.keep()
    assert Offset("a", file).micros == 1_000


def test_a_folder_that_cannot_be_written_is_said_and_nothing_more(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    offset = Offset("a", tmp_path / "file" / "offsets.json")
    offset.put(1_000)
    assert not offset.keep()
    assert offset.micros == 1_000


def test_of_very_many_outputs_the_latest_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "offsets.json"
    for number in range(50):
        offset = Offset(f"o{number}", file)
        offset.put(number + 1)
        offset.keep()
    assert Offset("o9", file).micros == 0
    assert Offset("o10", file).micros == 11


def test_it_is_told_as_it_is_given() -> None:
    assert [millis(micros) for micros in (120_000, -35_500, 0)] == ["120", "-35.5", "0"]
