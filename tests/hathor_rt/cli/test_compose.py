from pathlib import Path

import pytest
import trio

from hathor_rt.cli.compose import config_from_environment, demo_folder, document_limits, open_services
from hathor_rt.config import Config
from hathor_rt.ids import PrincipalId
from sync.documents.limits import Limits


@pytest.mark.slow
async def test_services_open_on_an_empty_folder_and_keep_what_was_made(tmp_path: Path) -> None:
    config = Config(data=tmp_path / "data")
    async with open_services(config) as services:
        record, invite = await services.application.rooms.create(PrincipalId("hana"), "Friday")
    async with open_services(config) as services:
        card = await services.application.rooms.card(record.room, None, invite.token)
        assert card.record == record
        assert await services.application.library.search("", limit=5, offset=0) == ()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HATHOR_PORT", "4321")
    assert config_from_environment().port == 4321


def test_the_demo_library_lies_in_the_data_folder() -> None:
    assert demo_folder(Config(data=Path("/srv/h"))) == Path("/srv/h/demo")


def test_documents_are_bounded_as_the_settings_say() -> None:
    assert document_limits(Config()) == Limits(state_bytes=3_000_000)
    config = Config(queue_capacity=1, queue_history=2, document_authors=3, document_kilobytes=4)
    assert document_limits(config) == Limits(entries=1, entry_ids=2, client_ids=3, state_bytes=4000)


def task_names(task: trio.lowlevel.Task) -> list[str]:
    below = [child for nursery in task.child_nurseries for child in nursery.child_tasks]
    return [task.name, *(name for child in below for name in task_names(child))]


@pytest.mark.slow
@pytest.mark.parametrize(("percent", "listens"), [(0, False), (1, True)])
async def test_listening_ahead_can_be_switched_off(tmp_path: Path, percent: int, listens: bool) -> None:
    async with open_services(Config(data=tmp_path / "data", listen_ahead_percent=percent)):
        names = task_names(trio.lowlevel.current_task())
    assert any(name.endswith("ListeningAhead.run") for name in names) is listens
