from pathlib import Path

import numpy as np
import pytest

from media.composer.__main__ import main
from media.composer.flac import maker_mark, write_flac
from media.composer.library import file_name
from media.composer.render import COMPOSER_VERSION
from media.composer.songs import SONGS


@pytest.mark.slow
def test_it_tells_one_line_per_song(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for song in SONGS:
        write_flac(
            tmp_path / file_name(song), np.zeros((2, 4800), np.float32), song, maker_mark(COMPOSER_VERSION, song)
        )
    assert main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(SONGS)
    assert lines[0] == "[1/6] 01 First Light.flac: already there"


def test_a_folder_is_needed() -> None:
    with pytest.raises(SystemExit):
        main([])
