import re
from pathlib import Path

import pytest
import trio

from hathor_rt.cli.serve import serve_until
from hathor_rt.config import Config
from hathor_rt.refusals import PortInUse
from hathor_rt.storage.sql.opening import open_sql
from tests.media.sounds import music, write_sound

pytestmark = pytest.mark.slow


async def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What it prints first, waiting for it."""
    text = ""
    with trio.fail_after(20):
        while "Stop with Ctrl+C" not in text:
            text += capsys.readouterr().out
            await trio.sleep(0.02)
    return text


async def get(port: int, path: str) -> bytes:
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        await stream.send_all(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        return b"".join([part async for part in stream])


async def test_it_says_where_it_is_serves_and_stops_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stopping = trio.Event()
    config = Config(data=tmp_path / "data", port=0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_until, stopping, config)
        text = await said(capsys)
        found = re.search(r"^Hathor RT is ready:  http://localhost:(\d+)/$", text, re.MULTILINE)
        assert found is not None
        answer = await get(int(found[1]), "/readyz")
        assert answer.startswith(b"HTTP/1.1 200")
        stopping.set()


async def test_music_given_at_the_start_is_scanned_while_it_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    write_sound(folder, "wav", music(4_800), stem="Morning")
    stopping = trio.Event()
    config = Config(data=tmp_path / "data", port=0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: serve_until(stopping, config, music=[folder]))
        [port] = map(int, re.findall(r"localhost:(\d+)", await said(capsys)))
        head, _, _ = (await get(port, "/api/session")).partition(b"\r\n\r\n")
        assert b"set-cookie" in head.lower()
        with trio.fail_after(20):
            while not (tmp_path / "data" / "hathor.db").exists() or not await _is_findable(tmp_path / "data"):
                await trio.sleep(0.05)
        stopping.set()


async def _is_findable(data: Path) -> bool:
    async with open_sql("", data) as storage:
        return await storage.tracks.count() == 1


async def test_beyond_loopback_with_ones_own_music_the_link_carries_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    async with open_sql("", data) as storage:
        await storage.tracks.add_root(str(tmp_path / "music"))
    stopping = trio.Event()
    # The link is what people are told; the listening address stays on loopback for the test.
    config = Config(data=data, port=0, instance_access="invite", public_url="https://music.example")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: serve_until(stopping, config, shows_qr=True))
        text = await said(capsys)
        assert re.search(r"ready:  https://music\.example/\?k=\w+", text)
        assert "█" in text or "▀" in text
        stopping.set()


async def test_the_link_carries_the_key_already_when_ones_own_music_comes_with_this_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stopping = trio.Event()
    config = Config(data=tmp_path / "data", port=0, public_url="https://music.example")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: serve_until(stopping, config, music=[tmp_path / "away"]))
        assert re.search(r"ready:  https://music\.example/\?k=\w+", await said(capsys))
        stopping.set()


async def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    try:
        with pytest.raises(BaseExceptionGroup) as refused:
            await serve_until(trio.Event(), Config(data=tmp_path / "data", port=port))
        assert refused.group_contains(PortInUse)
    finally:
        for listener in listeners:
            await listener.aclose()
