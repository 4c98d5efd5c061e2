from pathlib import Path

import pytest

from media.unfinished_stems import HEAD_BYTES, Head, head_bytes, head_from_bytes, look, unfinished_path

HEAD = Head(["drums", "bass", "other", "vocals"], 480_000)


def test_every_job_has_a_file_of_its_own(tmp_path: Path) -> None:
    paths = {unfinished_path(tmp_path, key) for key in ("stems/a/m@1", "stems/a/m@2", "stems/../m@1")}
    assert len(paths) == 3
    assert {path.parent for path in paths} == {tmp_path}


def test_a_head_comes_back_as_it_was() -> None:
    assert len(head_bytes(HEAD)) == HEAD_BYTES
    assert head_from_bytes(head_bytes(HEAD) + b"sound") == HEAD
    with pytest.raises(ValueError, match="4096"):
        head_bytes(Head(["x" * 5000], 1))


@pytest.mark.parametrize(
    "content", [b"", head_bytes(HEAD)[:-1], bytes(HEAD_BYTES), b"[]".ljust(HEAD_BYTES), head_bytes(Head([], 5))]
)
def test_what_is_no_head_is_none(content: bytes) -> None:
    assert head_from_bytes(content) is None


def test_whole_frames_count(tmp_path: Path) -> None:
    path = tmp_path / "a.stems"
    assert look(path) is None
    path.write_bytes(b"")
    assert look(path) is None
    # Four stems, two channels, four bytes.
    for extra, frames in ((0, 0), (31, 0), (32, 1), (100 * 32 + 5, 100)):
        path.write_bytes(head_bytes(HEAD) + bytes(extra))
        assert look(path) == (HEAD, frames)
