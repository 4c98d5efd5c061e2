from pathlib import Path

import pytest
import trio

from hathor_rt.cli.work import work_with_restores
from hathor_rt.config import Config
from hathor_rt.refusals import BadSetting
from hathor_rt.storage.restoring import DataFolder


async def test_a_folder_that_no_server_has_used_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="HATHOR_DATA"):
        await work_with_restores(trio.Event(), Config(data=tmp_path), 1)
    assert not DataFolder(tmp_path, "").is_pending()


@pytest.mark.slow
async def test_it_lets_go_of_the_data_while_a_backup_is_put_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").mkdir()
    folder, stopping = DataFolder(tmp_path, ""), trio.Event()

    async def says(count: int) -> None:
        said = ""
        while said.count("Stop with Ctrl+C") < count:
            said += capsys.readouterr().out
            await trio.sleep(0.02)

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work_with_restores, stopping, Config(data=tmp_path), 1)
            await says(1)
            with folder.held(alone=True) as is_alone:
                assert not is_alone
            folder.pending.mkdir()
            is_alone = False
            while not is_alone:
                await trio.sleep(0.02)
                with folder.held(alone=True) as is_alone:
                    pass
            folder.pending.rmdir()
            await says(1)
            stopping.set()
