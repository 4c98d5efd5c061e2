import math
import wave
from pathlib import Path

import msgspec
import numpy as np
import pytest
import trio
import trio.testing

from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.lines import Line, Piece
from hathor_rt.headless.player import Player
from hathor_rt.headless.recorder import Recorder
from hathor_rt.headless.stamps import Stamp, stamps_path
from media.segment_format import SEGMENT_FRAMES
from sync.units import Micros

BEGAN_AT = 7_000_000


class FakeTime:
    """The room's clock is an hour ahead of ours."""

    is_known = True

    def to_room(self, local: Micros) -> Micros:
        return Micros(local + 3_600_000_000)

    def error(self) -> Micros:
        return Micros(123)


def now() -> Micros:
    return Micros(BEGAN_AT + round(trio.current_time() * 1e6))


def playing(recorder: Recorder) -> Player:
    store = ChunkStore()
    store.add(("t", 0), np.full((2, SEGMENT_FRAMES), 0.5, np.float32), [])
    player = Player(store, recorder.steering)
    player.follow((Line("r", -math.inf, Piece("e", "t", 0), 0, 0, 1, 1, None),), Micros(100))
    return player


def read(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T


def stamps(path: Path) -> list[Stamp]:
    return msgspec.json.decode(stamps_path(path).read_bytes(), type=list[Stamp])


async def test_a_recording_has_its_length_to_the_frame_and_ends_with_a_fade(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    path = tmp_path / "a.wav"
    recorder = Recorder(path, now, 48_001)
    await recorder.run(playing(recorder), FakeTime())
    assert recorder.name == "", "nothing is kept of it for the next recording"
    sound = read(path)
    assert sound.shape == (2, 48_001)
    assert (sound[:, 1_000:47_000] == 16384).all()
    assert abs(int(sound[0, -1])) < 5


async def test_its_frames_are_instants_of_our_clock(tmp_path: Path, autojump_clock: trio.testing.MockClock) -> None:
    path = tmp_path / "a.wav"
    recorder = Recorder(path, now, 96_000)
    await recorder.run(playing(recorder), FakeTime())
    began_at = stamps(path)[0].local_at - 21
    for stamp in stamps(path):
        assert abs(stamp.local_at - began_at - stamp.file_frame * 125 / 6) <= 2
        assert stamp.server_instant == stamp.local_at + 3_600_000_000
        assert (stamp.clock_error, stamp.state, stamp.track) == (123, "in-step", "t")
        assert abs(stamp.position - stamp.file_frame * 125 / 6) <= 1
    assert abs(recorder.frame_at(recorder.local_at(4_711)) - 4_711) < 0.05


# The two below run by the real clock: an autojump clock would not wait for the thread that writes.


async def test_it_never_renders_the_future(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.wav", now, None)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(recorder.run, playing(recorder), FakeTime())
        with trio.fail_after(10):
            while recorder.head < 7_000:
                await trio.sleep(0.003)
                assert not recorder.is_ready or recorder.head <= recorder.frame_at(now())
        nursery.cancel_scope.cancel()


async def test_stopped_at_any_moment_it_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    recorder = Recorder(path, now, None)
    with trio.move_on_after(0.2):
        await recorder.run(playing(recorder), FakeTime())
    sound = read(path)
    assert sound.shape == (2, recorder.head + 384)
    assert recorder.head > 0
    assert (sound[:, 400 : recorder.head] == 16384).all()
    assert abs(int(sound[0, -1])) < 5


@pytest.mark.parametrize("frames", [1, 384, 385])
async def test_the_shortest_recordings_have_their_length(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, frames: int
) -> None:
    recorder = Recorder(tmp_path / "a.wav", now, frames)
    await recorder.run(playing(recorder), FakeTime())
    assert read(tmp_path / "a.wav").shape == (2, frames)
