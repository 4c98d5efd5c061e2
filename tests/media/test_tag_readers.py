import os
import signal
from pathlib import Path

import pytest

from media.tag_messages import Tags, Unreadable
from media.tag_readers import TagReader, read_all
from tests.media.sounds import music, write_sound

pytestmark = pytest.mark.slow


async def test_many_files_are_read_by_several_processes(tmp_path: Path) -> None:
    paths = [str(write_sound(tmp_path, "wav", music(480, seed=seed), stem=f"s{seed}")) for seed in range(12)]
    seen = []
    async with read_all(paths, processes=2) as readings:
        async for reading in readings:
            assert isinstance(reading, Tags)
            seen.append(reading.path)
    assert sorted(seen) == sorted(paths)


async def test_a_file_that_kills_its_reader_costs_only_itself(tmp_path: Path) -> None:
    path = str(write_sound(tmp_path, "wav", music(480)))
    reader = TagReader()
    try:
        assert isinstance(await reader.read(path), Tags)
        assert reader.process_id is not None
        os.kill(reader.process_id, signal.SIGKILL)
        assert isinstance(await reader.read(path), Unreadable)
        assert isinstance(await reader.read(path), Tags)
    finally:
        await reader.close()
