"""`hathor listen` against a real server: what it records is the room's music, at its place to the sample."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import trio

from hathor_rt.cli.listen import local_now
from sync.timeline.transport import Transport
from sync.units import Micros
from sync.wire.frames import (
    Adjust,
    Done,
    Order,
    Participant,
    Pause,
    People,
    Play,
    Seek,
    SoundCheck,
    StartChirps,
    StartClicks,
    StopCheck,
)
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
async def playing(
    server: ServerProcess, cookie: str, position: int = LOUD_PLACE, *, checks: bool = False
) -> AsyncIterator[SocketClient]:
    """Somebody in the demo room who has started its music at `position`. `checks`: and is told of sound checks."""
    async with connected(server, cookie, checks=checks) as host:
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
            while any(person.name == "Speaker" for person in people(host)):
                await trio.sleep(0.05)
    recording = Recording(path)
    assert recording.samples.any()
    assert not recording.samples[:, -1].any(), "it ends with a fade"
    # Only its own user may read who this device is.
    assert (tmp_path / "me" / "listen-cookies.txt").stat().st_mode & 0o077 == 0


def people(host: SocketClient) -> list[Participant]:
    """Everybody in the room, as the host was told."""
    present: dict[str, Participant] = {}
    for frame in host.frames:
        if isinstance(frame, People):
            present = {} if frame.full else present
            present |= {person.connection: person for person in frame.present}
            for gone in frame.gone:
                present.pop(gone, None)
    return list(present.values())


async def until_in_step(host: SocketClient, *names: str) -> dict[str, str]:
    """Until all of them are. Returns their connections by name."""
    with trio.fail_after(20):
        while True:
            found = {person.name: person.connection for person in people(host) if person.state == "in-step"}
            if found.keys() >= set(names or ("Speaker",)):
                return {name: found[name] for name in names}
            await trio.sleep(0.02)


async def wait_for_check(host: SocketClient, order: Order | None = None) -> SoundCheck:
    """What the room is told next about sound checks, because of `order` or by itself."""
    known = sum(isinstance(frame, SoundCheck) for frame in host.frames)
    if order is not None:
        await host.command(order)
    return await host.wait_for(SoundCheck, known + 1)


async def until(instant: int) -> None:
    """`instant`: on this machine's monotonic clock, which is also the room's."""
    await trio.sleep(max(0, instant - local_now()) / 1e6)


async def two_clicks(host: SocketClient) -> range:
    """Has the room click twice; the instants of it."""
    check = await wait_for_check(host, StartClicks())
    first = -(-check.starts_at // 1_000_000) * 1_000_000
    await until(first + 1_500_000)
    assert (await wait_for_check(host, StopCheck())).kind == "none"
    return range(first, first + 2_000_000, 1_000_000)


@asynccontextmanager
async def listening(server: ServerProcess, folder: Path, *names: str) -> AsyncIterator[None]:
    """Speakers of these names that record into ``<name>.wav``, and what they say into ``<name>.log``, until the block ends."""
    async with trio.open_nursery() as nursery:
        processes = []
        for name in names:
            wav = ["--wav", str(folder / f"{name}.wav"), "--name", name]
            command = [sys.executable, "-m", "hathor_rt.cli", "listen", server.url, *wav]
            with (folder / f"{name}.log").open("wb") as log:
                run = partial(trio.run_process, command, stdout=log, stderr=subprocess.STDOUT)
                processes.append(await nursery.start(run))
        yield
        for process in processes:
            process.send_signal(signal.SIGINT)


def assert_clicks(recording: Recording, instants: range) -> list[int]:
    """Each click is heard at its instant, and nothing between them. Returns how many frames late each is."""
    lags = [recording.lag("click", at) for at in instants]
    for lag, at in zip(lags, instants, strict=True):
        assert abs(lag) <= recording.tolerance(recording.frame_at(at))
    between = recording.frame_at(instants[0] + 50_000), recording.frame_at(instants[1] - 10_000)
    assert not recording.samples[:, between[0] : between[1]].any()
    return lags


async def test_two_listeners_click_together_chirp_in_turn_and_one_is_moved(
    make_server: MakeServer, music: dict[str, Sound], tmp_path: Path
) -> None:
    server = make_server().start()
    cookie = make_guest(server)
    async with playing(server, cookie, checks=True) as host:
        async with listening(server, tmp_path, "Left", "Right"):
            devices = await until_in_step(host, "Left", "Right")
            assert all(person.checks for person in people(host) if person.name in devices)
            before = await two_clicks(host)
            chirps = await wait_for_check(host, StartChirps(list(devices.values())))
            assert (await wait_for_check(host)).kind == "none"
            await host.command(Adjust(devices["Left"], 120_000))
            await trio.sleep(2)
            music_until = local_now()
            after = await two_clicks(host)
            music_from = local_now() + 500_000
            await trio.sleep(2)
        line = host.transport()
        assert not host.refusals()
    left, right = Recording(tmp_path / "Left.wav"), Recording(tmp_path / "Right.wav")
    # A machine that is too busy to know its clock to half a millisecond says so.
    allowed = max(1_000, left.clock_error() + right.clock_error())
    for one, other in zip(assert_clicks(left, before), assert_clicks(right, before), strict=True):
        assert abs(one - other) * 125 / 6 < allowed
    for number in range(chirps.rounds * 2):
        at = chirps.starts_at + number * chirps.slot
        sounds, is_quiet = (left, right) if number % 2 == 0 else (right, left)
        assert abs(sounds.lag("rising" if number % 2 == 0 else "falling", at)) <= sounds.tolerance(sounds.frame_at(at))
        assert not is_quiet.window(is_quiet.frame_at(at - 400_000), RATE).any()
    # What is late by 120 ms plays 120 ms earlier from then on: marks, and music.
    assert_clicks(left, range(after.start - 120_000, after.stop - 120_000, 1_000_000))
    assert_clicks(right, after)
    sources = by_track(server, cookie, music)
    earlier = replace(line, anchor=replace(line.anchor, at=Micros(line.anchor.at - 120_000)))
    for recording, own in ((left, earlier), (right, line)):
        for begins in (music_until - 700_000, music_from):
            frame = recording.frame_at(begins)
            assert_in_place(recording, own, sources, frame, frame + 10 * WINDOW, least=5)
    told = (tmp_path / "Left.log").read_text()
    assert "undo='hathor listen --offset 0'" in told
    assert "to_ms=120" in told
    assert "moved" not in (tmp_path / "Right.log").read_text()


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
