import os
from pathlib import Path

import pytest

from hathor_rt.library.folders import walk


def test_sound_files_are_found_in_order_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b/2.MP3", "a/1.flac", "a/notes.txt", "a/.hidden.mp3", "c.opus"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"12345")
    found = walk(tmp_path)
    assert [Path(file.path).relative_to(tmp_path).as_posix() for file in found.files] == [
        "c.opus",
        "a/1.flac",
        "b/2.MP3",
    ]
    assert {file.byte_count for file in found.files} == {5}
    assert found.refused == ()


def test_a_single_file_is_a_root_as_well(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"x")
    assert [file.path for file in walk(path).files] == [str(path)]


def test_a_name_that_is_not_utf8_is_refused_by_name(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9.mp3", "wb"):  # noqa: PTH123  # a bytes path
        pass
    found = walk(tmp_path)
    assert found.files == ()
    assert "UTF-8" in found.refused[0][1]


def test_links_to_folders_are_not_followed_and_dangling_ones_are_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.mp3").symlink_to(tmp_path / "nowhere.mp3")
    found = walk(tmp_path)
    assert found.files == ()
    assert [Path(path).name for path, _ in found.refused] == ["gone.mp3"]


def test_a_pipe_is_refused_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    found = walk(tmp_path)
    assert found.files == ()
    assert found.refused == ((str(tmp_path / "pipe.mp3"), "it is not a regular file"),)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_locked_folder_is_told_and_its_neighbours_are_walked(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "a.mp3").write_bytes(b"x")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0)
    try:
        found = walk(tmp_path)
    finally:
        locked.chmod(0o700)
    assert len(found.files) == 1
    assert len(found.refused) == 1
