from pathlib import Path

import pytest

from hathor_rt.cli import library
from hathor_rt.config import Config
from tests.media.sounds import music, write_sound

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
