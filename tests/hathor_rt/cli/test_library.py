import json
from pathlib import Path

import numpy as np
import pytest
import trio

from hathor_rt.cli import library
from hathor_rt.cli.compose import open_services
from hathor_rt.config import Config
from tests.media.sounds import Array, music, write_sound

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=tmp_path / "data")


def test_adding_listing_and_scanning_again(config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    write_sound(folder, "wav", music(48_000), stem="Morning")
    (folder / "broken.mp3").write_bytes(b"")
    library.add(config, [folder])
    told = capsys.readouterr().out
    assert "2 files, 1 read" in told
    assert "refused" in told
    assert "broken.mp3" in told
    library.list_tracks(config, "morn", 10)
    assert "Morning-wav" in capsys.readouterr().out
    library.rescan(config)
    assert "1 unchanged" in capsys.readouterr().out


def test_a_folder_that_is_gone_is_told(config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library.add(config, [tmp_path / "usb"])
    assert "is not there" in capsys.readouterr().out


def test_copies_are_told_by_their_sound(config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    for stem, seed in (("Song", 1), ("Other", 2)):
        write_sound(folder, "flac", melody(seed), stem=stem)
    write_sound(folder, "mp3", melody(1), stem="Copy")
    library.add(config, [folder])
    capsys.readouterr()

    async def listen() -> None:
        async with open_services(config) as services:
            tracks = services.application.storage.tracks
            for track in await tracks.search("", limit=10, offset=0):
                await services.recordings.frames(track.track)

    trio.run(listen)
    library.list_tracks(config, "other", 10)
    assert " BPM, " in capsys.readouterr().out
    library.tell_duplicates(config, as_json=False)
    told = capsys.readouterr()
    assert told.out.count("likely the same recording") == 1
    assert "Song-flac" in told.out
    assert "Copy-mp3" in told.out
    assert "Other" not in told.out
    assert told.err.startswith("3 of 3 tracks have a fingerprint")
    library.tell_duplicates(config, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (len(found["pairs"]), found["compared"], found["tracks"]) == (1, 3, 3)
    assert found["pairs"][0]["bit_error"] < 0.05


def melody(seed: int) -> Array:
    """Twenty seconds of changing chords."""
    random = np.random.default_rng(seed)
    at = np.arange(48_000 // 2) / 48_000
    notes = [
        sum(np.sin(2 * np.pi * 440 * 2 ** (random.integers(-12, 12) / 12) * at) for _ in range(3)) for _ in range(40)
    ]
    sound = (0.1 * np.concatenate(notes)).astype(np.float32)
    return np.stack([sound, sound])
