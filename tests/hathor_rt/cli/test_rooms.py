from pathlib import Path

import pytest
import trio

from hathor_rt.cli import library
from hathor_rt.cli.compose import open_storage
from hathor_rt.cli.rooms import create, room_link
from hathor_rt.config import Config
from hathor_rt.ids import DocumentName, RoomId
from hathor_rt.refusals import BadName, UnknownTrack
from tests.media.sounds import music, write_sound

pytestmark = pytest.mark.slow


def test_a_room_is_made_with_its_queue_and_its_link_is_printed(tmp_path: Path) -> None:
    config = Config(data=tmp_path / "data", port=4280)
    write_sound(tmp_path, "wav", music(48_000), stem="Evening")
    library.add(config, [tmp_path])
    link = create(config, "Friday", ["evening"], is_listed=False)
    assert link.startswith("http://localhost:4280/r/")
    room = link.rpartition("/r/")[2].partition("?i=")[0]

    async def journalled() -> int:
        async with open_storage(config) as storage:
            return len(await storage.documents.history(DocumentName(f"queue:{room}")))

    assert trio.run(journalled) == 1


def test_a_search_without_a_match_makes_no_room(tmp_path: Path) -> None:
    config = Config(data=tmp_path / "data")
    with pytest.raises(BaseExceptionGroup) as refused:
        create(config, "Friday", ["nothing"], is_listed=False)
    assert refused.group_contains(UnknownTrack)


def test_a_room_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(BaseExceptionGroup) as refused:
        create(Config(data=tmp_path / "data"), "  ", [], is_listed=True)
    assert refused.group_contains(BadName)


@pytest.mark.parametrize(
    ("host", "public_url", "link"),
    [
        ("0.0.0.0", "", "http://localhost:4280/r/abc?i=key"),
        ("192.168.1.5", "", "http://192.168.1.5:4280/r/abc?i=key"),
        ("fd00::1", "", "http://[fd00::1]:4280/r/abc?i=key"),
        ("127.0.0.1", "https://music.example/", "https://music.example/r/abc?i=key"),
    ],
)
def test_the_link_is_the_one_people_can_open(host: str, public_url: str, link: str) -> None:
    assert room_link(Config(host=host, public_url=public_url), RoomId("abc"), "key") == link
