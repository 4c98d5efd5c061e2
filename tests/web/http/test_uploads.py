from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.fakes.website import Response, Website, parse_response, running_website
from tests.media.sounds import music, write_sound


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Website]:
    async with running_website(tmp_path) as running:
        yield running


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    return write_sound(tmp_path, "wav", music(9_600)).read_bytes()


def head(site: Website, cookie: str, target: str, length: int | None, **more: str) -> bytes:
    lines = {"Host": f"127.0.0.1:{site.port}", "Connection": "close", "Cookie": cookie}
    if length is not None:
        lines["Content-Length"] = str(length)
    lines.update({name.replace("_", "-"): value for name, value in more.items()})
    fields = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target} HTTP/1.1\r\n{fields}\r\n".encode()


async def upload(site: Website, content: bytes, *, target: str = "/api/uploads/g1/Song.wav", **more: str) -> Response:
    request = head(site, await site.guest(), target, len(content), **more) + content
    with trio.fail_after(10):
        return parse_response(await site.exchange(request))


def lying(folder: Path) -> list[Path]:
    return [path for name in ("uploads", "uploading") for path in (folder / name).rglob("*") if path.is_file()]


async def test_a_sound_file_becomes_a_track(site: Website, sound: bytes, tmp_path: Path) -> None:
    answer = await upload(site, sound, target="/api/uploads/g1/Caf%C3%A9%20%2F%20Song.wav")
    assert (answer.status, answer.json()["title"], answer.json()["is_new"]) == (201, "Song", True)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await upload(site, sound)).status == 200
    [path] = lying(tmp_path)
    assert path.read_bytes() == sound


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 415, "not-sound"), (b"MZ" + bytes(300_000), 415, "not-sound"), (b"PK\x03\x04" + bytes(300), 415, "not-sound"),
        (b"fLaC" + bytes(5_000), 422, "damaged-file"), (b"ID3\x04" + bytes(1_000_000), 413, "upload-too-large"),
    ],
)  # fmt: skip
async def test_what_is_none_is_told_so_and_leaves_nothing(
    site: Website, tmp_path: Path, content: bytes, status: int, code: str
) -> None:
    answer = await upload(site, content)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert lying(tmp_path) == []
    assert site.application.observations.refusals == {code: 1}


async def test_whoever_leaves_in_the_middle_leaves_nothing(site: Website, sound: bytes, tmp_path: Path) -> None:
    async with await site.connect() as stream:
        await stream.send_all(head(site, await site.guest(), "/api/uploads/g1/a.wav", 2_000_000 // 4) + sound[:9_000])
        await trio.testing.wait_all_tasks_blocked(0.02)
    await trio.testing.wait_all_tasks_blocked(0.05)
    assert lying(tmp_path) == []
    assert (await upload(site, sound)).status == 201


async def test_only_whoever_sits_at_this_machine_uploads_unless_told_otherwise(site: Website, sound: bytes) -> None:
    answer = await upload(site, sound, X_Forwarded_For="192.168.1.5")
    assert (answer.status, answer.json()["code"]) == (403, "not-allowed")
    assert (await site.request("GET", "/api/instance")).json()["may_upload"] is True
    assert (await site.request("GET", "/api/instance", X_Forwarded_For="192.168.1.5")).json()["may_upload"] is False


@pytest.mark.parametrize(("access", "status"), [("nobody", 403), ("hosts", 403), ("anyone", 201)])
async def test_the_setting_decides_about_others(tmp_path: Path, sound: bytes, access: str, status: int) -> None:
    async with running_website(tmp_path, upload_access=access) as site:
        assert (await upload(site, sound, X_Forwarded_For="192.168.1.5")).status == status


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"Origin": "https://attacker.example"}, 403, "foreign-origin"), ({"Host": "attacker.example"}, 421, "foreign-host"),
        ({"Cookie": "hathor=forged"}, 401, "unknown-principal"),
    ],
)  # fmt: skip
async def test_foreign_pages_and_strangers_are_refused(
    site: Website, sound: bytes, more: dict[str, str], status: int, code: str
) -> None:
    answer = await upload(site, sound, **more)
    assert (answer.status, answer.json()["code"]) == (status, code)


async def test_an_upload_says_where_to_and_how_long(site: Website, sound: bytes) -> None:
    for target in ("/api/uploads/g1", "/api/uploads/../x/y.wav", "/api/uploads/G-1/y.wav", "/api/uploads/g1/a/b.wav"):
        assert (await upload(site, sound, target=target)).status in (400, 404)
    request = head(site, await site.guest(), "/api/uploads/g1/a.wav", None, Transfer_Encoding="chunked") + b"0\r\n\r\n"
    assert parse_response(await site.exchange(request)).status == 400
