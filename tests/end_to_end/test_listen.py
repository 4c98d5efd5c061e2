"""`hathor listen` against a real server: what it records is the room's music, at its place to the sample."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from sync.timeline.transport import Transport
from sync.units import Micros
from sync.wire.frames import Done, Order, Pause, People, Play, Seek
from tests.end_to_end.recording import RATE, WINDOW, Recording, Sound, demo_sources
from tests.end_to_end.server_process import ServerProcess
from tests.end_to_end.socket_client import SocketClient, connected, make_guest

pytestmark = pytest.mark.slow

MakeServer = Callable[..., ServerProcess]
LOUD_PLACE = 20_000_000
# While a whole frame is being slipped in, the sound lies up to half a frame beside the samples it is compared with.
SAME = 0.995


@pytest.fixture(scope="session")
def music(demo_music: Path) -> dict[str, Sound]:
    return demo_sources(demo_music)


def ask(server: ServerProcess, cookie: str, path: str, body: object = None) -> dict[str, object]:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, content, {"Cookie": cookie, "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        told: dict[str, object] = json.load(answer)
        return told


def by_track(server: ServerProcess, cookie: str, music: dict[str, Sound]) -> dict[str, Sound]:
    tracks = ask(server, cookie, "api/tracks?q=")["tracks"]
    assert isinstance(tracks, list)
    return {track["track"]: music[track["title"]] for track in tracks if track["title"] in music}


@asynccontextmanager
async def playing(server: ServerProcess, cookie: str, position: int = LOUD_PLACE) -> AsyncIterator[SocketClient]:
    """Somebody in the demo room who has started its music at `position`."""
    async with connected(server, cookie) as host:
        await host.enter(str(ask(server, cookie, "api/instance")["demo_room"]), sound=True)
        await host.command(Play())
        await host.wait_for(Done)
        await host.command(Seek(position))
        await host.wait_for(Done, 2)
        yield host


async def listen(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "hathor_rt.cli", "listen", *map(str, arguments)]
    with trio.fail_after(40):
        return await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False)


async def record(url: str, path: Path, seconds: float, *more: object) -> Recording:
    done = await listen(url, "--wav", path, "--seconds", seconds, *more)
    assert done.returncode == 0, done.stderr.decode()
    recording = Recording(path)
    assert recording.frames == round(seconds * RATE)
    return recording


def assert_in_place(
    recording: Recording, line: Transport, sources: dict[str, Sound], first: int, last: int, *, least: int = 30
) -> list[bool]:
    """Every window from `first` to `last` is the music, where the room is. Returns which are so to the last bit."""
    exact = []
    for frame in range(first, last - WINDOW, WINDOW):
        match = recording.match(frame, line, sources)
        assert match.likeness > SAME, f"not the music at {frame / RATE:.2f} s: {match}"
        allowed = recording.tolerance(frame)
        assert abs(match.lag) <= allowed, f"{match.lag} frames off at {frame / RATE:.2f} s, {allowed} allowed"
        exact.append(match.is_exact)
    assert len(exact) > least
    return exact


async def test_a_late_joiner_plays_the_rooms_music_at_its_place_to_the_sample(
    make_server: MakeServer, music: dict[str, Sound], tmp_path: Path
) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    async with playing(server, cookie) as host:
        recording = await record(server.url, tmp_path / "a.wav", 8)
        line = host.transport()
    assert line.anchor.at < recording.local_at(0), "it joined late"
    start = recording.first_in_step()
    assert start < 4 * RATE
    exact = assert_in_place(recording, line, by_track(server, cookie, music), start, recording.frames - 1_000)
    # Between corrections of whole frames nothing touches the samples.
    assert sum(exact) > len(exact) / 4
    assert recording.clock_error() < 20_000


async def test_a_pause_is_silence_from_its_instant_on_and_play_goes_on_in_place(
    make_server: MakeServer, music: dict[str, Sound], tmp_path: Path
) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    lines: list[Transport] = []
    async with playing(server, cookie) as host, trio.open_nursery() as nursery:
        lines.append(host.transport())

        async def pause_and_go_on() -> None:
            await until_in_step(host)
            await trio.sleep(1)
            orders: tuple[Order, ...] = (Pause(), Play())
            for number, order in enumerate(orders, start=3):
                await host.command(order)
                await host.wait_for(Done, number)
                lines.append(host.transport())
                await trio.sleep(1)

        nursery.start_soon(pause_and_go_on)
        recording = await record(server.url, tmp_path / "a.wav", 8)
    before, paused, after = lines
    stops, goes = recording.frame_at(paused.anchor.at), recording.frame_at(after.anchor.at)
    fade, slack = 384, recording.tolerance(stops)
    assert recording.window(stops - WINDOW).any()
    assert not recording.window(stops + fade + slack, goes - stops - fade - 2 * slack).any()
    sources = by_track(server, cookie, music)
    assert_in_place(recording, before, sources, recording.first_in_step(), stops - slack, least=10)
    for frame in range(goes + fade + slack, goes + 5 * WINDOW, WINDOW):
        match = recording.match(frame, after, sources)
        assert match.likeness > SAME
        assert abs(match.lag) <= recording.tolerance(frame)


async def test_two_listeners_agree_within_two_milliseconds(
    make_server: MakeServer, music: dict[str, Sound], tmp_path: Path
) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    recordings: list[Recording] = []

    async def one(name: str) -> None:
        recordings.append(await record(server.url, tmp_path / f"{name}.wav", 7, "--name", name))

    async with playing(server, cookie) as host:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(one, "left")
            nursery.start_soon(one, "right")
        line = host.transport()
    sources = by_track(server, cookie, music)
    one_, other = recordings
    begin = max(recording.local_at(recording.first_in_step()) for recording in recordings)
    end = min(recording.local_at(recording.frames - 4_000) for recording in recordings)
    assert end - begin > 1_000_000
    for instant in range(begin, end, 100_000):
        lags = [recording.match(recording.frame_at(instant), line, sources).lag for recording in (one_, other)]
        assert abs(lags[0] - lags[1]) * 125 / 6 < 2_000


async def test_the_next_track_follows_without_a_gap(
    make_server: MakeServer, music: dict[str, Sound], tmp_path: Path
) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    sources = by_track(server, cookie, music)
    async with connected(server, cookie) as scout:
        await scout.enter(str(ask(server, cookie, "api/instance")["demo_room"]))
        current = scout.transport().current
    assert current is not None
    async with playing(server, cookie, Micros(current.frames * 125 // 6 - 6_000_000)) as host:
        line = host.transport()
        recording = await record(server.url, tmp_path / "a.wav", 8)
    assert line.boundary_at is not None
    boundary = recording.frame_at(line.boundary_at)
    assert recording.first_in_step() < boundary < recording.frames - RATE
    for frame in range(boundary - 4 * WINDOW, boundary + 8 * WINDOW, WINDOW // 2):
        match = recording.match(frame, line, sources)
        # The end of one song and the beginning of the next may be too soft to compare sample by sample.
        if recording.window(frame).std() > 30:
            assert match.likeness > 0.99, f"{(frame - boundary) / RATE:.3f} s from the boundary: {match}"
            assert abs(match.lag) <= recording.tolerance(frame)


async def test_a_killed_server_is_not_heard(make_server: MakeServer, music: dict[str, Sound], tmp_path: Path) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    sources = by_track(server, cookie, music)
    recordings: list[Recording] = []

    async def follow() -> None:
        recordings.append(await record(server.url, tmp_path / "a.wav", 11))

    async with trio.open_nursery() as nursery:
        async with playing(server, cookie) as host:
            line = host.transport()
            nursery.start_soon(follow)
            await until_in_step(host)
            await trio.sleep(1)
            await trio.to_thread.run_sync(server.kill)
        await trio.to_thread.run_sync(server.start)
    recording = recordings[0]
    assert_in_place(recording, line, sources, recording.first_in_step(), recording.frames - 1_000)
    # It came back: the clock of the new process is known to it by the end.
    assert recording.stamps[-1].server_instant is not None
    assert server.log().count("software=hathor-listen") == 2


async def test_ctrl_c_leaves_whole_files_and_says_goodbye(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server().start()
    path = tmp_path / "a.wav"
    command = [sys.executable, "-m", "hathor_rt.cli", "--data", tmp_path / "me", "listen", server.url, "--wav", path]
    async with playing(server, make_guest(server)) as host, trio.open_nursery() as nursery:
        process = await nursery.start(trio.run_process, command)
        await until_in_step(host)
        process.send_signal(signal.SIGINT)
        with trio.fail_after(10):
            assert await process.wait() == 0
            # Said, not noticed: a lost connection would stay for two heartbeats of 15 s.
            while speakers(host):  # as above
                await trio.sleep(0.05)
    recording = Recording(path)
    assert recording.samples.any()
    assert not recording.samples[:, -1].any(), "it ends with a fade"
    # Only its own user may read who this device is.
    assert (tmp_path / "me" / "listen-cookies.txt").stat().st_mode & 0o077 == 0


def speakers(host: SocketClient) -> dict[str, str]:
    """State by connection of everybody called Speaker, as the host was told."""
    present: dict[str, str] = {}
    for frame in host.frames:
        if isinstance(frame, People):
            present = {} if frame.full else present
            present |= {person.connection: person.state for person in frame.present if person.name == "Speaker"}
            for gone in frame.gone:
                present.pop(gone, None)
    return present


async def until_in_step(host: SocketClient) -> None:
    with trio.fail_after(20):
        while "in-step" not in speakers(host).values():
            await trio.sleep(0.02)


async def test_what_cannot_be_is_told_in_one_line(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server().start()
    wav = tmp_path / "a.wav"
    for arguments, code in [
        ((f"{server.url}r/n0svchr00m", "--wav", wav), "unknown-room"),
        (("http://127.0.0.1:9/", "--wav", wav), "unreachable"),
        ((server.url.replace("http:", "https:"), "--wav", wav), "untrusted-certificate"),
        ((server.url, "--wav", wav, "--device", "0"), "bad-setting"),
    ]:
        done = await listen(*arguments)
        told = done.stderr.decode()
        assert done.returncode == 2, told
        assert f"[{code}]" in told
        assert "Traceback" not in told


async def test_it_listens_over_https_to_a_server_whose_authority_is_not_installed(
    make_server: MakeServer, music: dict[str, Sound], tmp_path: Path
) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    async with playing(server, cookie) as host:
        url = server.url.replace("http:", "https:")
        recording = await record(url, tmp_path / "a.wav", 5, "--insecure")
        line = host.transport()
    frame = recording.frames - 5 * WINDOW
    match = recording.match(frame, line, by_track(server, cookie, music))
    assert match.likeness > SAME
    assert abs(match.lag) <= recording.tolerance(frame)
