from dataclasses import replace
from pathlib import Path

import pytest

from media.composer.flac import mark_of
from media.composer.library import Progress, file_name, render_library, write_song
from media.composer.render import COMPOSER_VERSION
from media.composer.score import Form, Section
from media.composer.songs import SONGS

# One bar of the dawn: a song like the others, but done in a moment.
SHORT = replace(
    SONGS[0],
    form=Form((Section("dawn", 1), *(Section(name, 0) for name in ("walk", "sun", "day", "haze")))),
    ring_seconds=0.5,
)


def test_files_are_named_by_number_and_title() -> None:
    assert [file_name(song) for song in SONGS[:2]] == ["01 First Light.flac", "02 Paper Lanterns.flac"]


@pytest.mark.slow
def test_a_library_is_made_once(tmp_path: Path) -> None:
    told: list[Progress] = []
    folder = tmp_path / "deep" / "music"
    paths = render_library(folder, on_progress=told.append, songs=(SHORT,), processes=1)
    assert [path.name for path in folder.iterdir()] == ["01 First Light.flac"]
    assert mark_of(paths[0]) == f"{COMPOSER_VERSION}/{SHORT.seed}"
    before = paths[0].stat().st_mtime_ns
    render_library(folder, on_progress=told.append, songs=(SHORT,), processes=1)
    assert paths[0].stat().st_mtime_ns == before
    assert [(p.done, p.total, p.path, p.was_there) for p in told] == [(1, 1, paths[0], False), (1, 1, paths[0], True)]


@pytest.mark.slow
def test_what_another_version_made_is_made_again(tmp_path: Path) -> None:
    render_library(tmp_path, on_progress=lambda _: None, songs=(SHORT,), processes=1)
    told: list[Progress] = []
    [path] = render_library(tmp_path, on_progress=told.append, songs=(replace(SHORT, seed=1),), processes=1)
    assert not told[0].was_there
    assert mark_of(path) == f"{COMPOSER_VERSION}/1"


@pytest.mark.slow
def test_two_renderings_are_the_same_file(tmp_path: Path) -> None:
    folders = (tmp_path / "one", tmp_path / "two")
    for folder in folders:
        folder.mkdir()
    one, two = (write_song(SHORT, folder) for folder in folders)
    assert one.read_bytes() == two.read_bytes()


def test_a_failure_leaves_no_half_file(tmp_path: Path) -> None:
    broken = replace(SHORT, write=lambda form: (_ for _ in ()).throw(RuntimeError("out of tune")))
    with pytest.raises(RuntimeError, match="out of tune"):
        write_song(broken, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_two_processes_make_the_whole_library(tmp_path: Path) -> None:
    told: list[Progress] = []
    paths = render_library(tmp_path, on_progress=told.append)
    assert [path.name for path in paths] == sorted(path.name for path in tmp_path.iterdir())
    assert sorted(p.done for p in told) == list(range(1, len(SONGS) + 1))
    assert all(mark_of(path) == f"{COMPOSER_VERSION}/{song.seed}" for path, song in zip(paths, SONGS, strict=True))
