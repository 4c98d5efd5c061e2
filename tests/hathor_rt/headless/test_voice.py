import math

import numpy as np

from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.interpolation import SincTable
from hathor_rt.headless.lines import Line, Piece
from hathor_rt.headless.voice import FADE_FRAMES, Voice
from media.segment_format import SEGMENT_FRAMES

TABLE = SincTable(1.0)
RANDOM = np.random.default_rng(5)
SONG = (RANDOM.standard_normal((2, SEGMENT_FRAMES)) * 0.1).astype(np.float32)
FOLLOWING = (RANDOM.standard_normal((2, 10_000)) * 0.1).astype(np.float32)
PIECE, NEXT = Piece("e1", "t1", SEGMENT_FRAMES), Piece("e2", "t2", 10_000)


def store() -> ChunkStore:
    held = ChunkStore()
    held.add(("t1", 0), SONG, [])
    held.add(("t2", 0), FOLLOWING, [])
    return held


def voice_at(position: float, *, following: Piece | None = NEXT) -> Voice:
    voice = Voice(PIECE, position, following)
    voice.pace(1.0, TABLE)
    return voice


def line(piece: Piece, following: Piece | None = None) -> Line:
    return Line("r", -math.inf, piece, 0, 0, 1, 1, following)


def test_whole_positions_at_the_recorded_speed_are_the_samples_themselves() -> None:
    voice = voice_at(1_000)
    voice.render(store(), FADE_FRAMES)
    sound = voice.render(store(), 5_000)
    assert np.array_equal(sound, SONG[:, 1_000 + FADE_FRAMES : 6_000 + FADE_FRAMES])


def test_it_fades_in_and_out_without_a_step() -> None:
    held = ChunkStore()
    held.add(("t1", 0), np.ones((2, SEGMENT_FRAMES), np.float32), [])
    voice = voice_at(0)
    rising = voice.render(held, 2 * FADE_FRAMES)[0]
    voice.release()
    falling = voice.render(held, 2 * FADE_FRAMES)[0]
    assert rising[0] == 0
    assert np.all(np.diff(rising) >= 0)
    assert rising[-1] == 1
    assert np.all(np.diff(falling) <= 0)
    assert np.abs(np.diff(np.concatenate([rising, falling]))).max() < 0.005
    assert falling[-1] == 0
    assert voice.is_over


def test_it_crosses_into_the_next_piece_without_a_gap() -> None:
    voice = voice_at(SEGMENT_FRAMES - 1_000)
    sound = np.concatenate([voice.render(store(), 480) for _ in range(5)], axis=1)
    expected = np.concatenate([SONG[:, -1_000:], FOLLOWING], axis=1)[:, :2_400]
    assert np.array_equal(sound[:, FADE_FRAMES:], expected[:, FADE_FRAMES:])
    assert voice.piece is NEXT
    assert voice.position == 1_400


def test_between_samples_it_reaches_over_the_seam() -> None:
    whole = np.concatenate([SONG, FOLLOWING], axis=1)
    long = ChunkStore()
    long.add(("t1", 0), whole[:, :SEGMENT_FRAMES], [])
    long.add(("t1", 1), whole[:, SEGMENT_FRAMES:], [])
    seamless = Voice(Piece("e1", "t1", SEGMENT_FRAMES + 10_000), SEGMENT_FRAMES - 1_000.25, None)
    crossing = voice_at(SEGMENT_FRAMES - 1_000.25)
    for voice in (seamless, crossing):
        voice.pace(1.000_4, TABLE)
    for _ in range(5):
        assert np.allclose(seamless.render(long, 480), crossing.render(store(), 480), atol=1e-6)


def test_sums_of_steps_come_back_to_whole_samples() -> None:
    voice = voice_at(100)
    voice.pace(1 + 1 / 2_400, TABLE)
    for count in (479, 481, 480, 480, 480):
        voice.render(store(), count)
    assert voice.position == 2_501


def test_it_knows_its_place_on_lines_on_both_sides_of_a_boundary() -> None:
    voice = voice_at(500)
    assert voice.position_on(line(PIECE, NEXT)) == 500
    assert voice.position_on(line(NEXT)) == 500 - SEGMENT_FRAMES
    assert voice.position_on(line(Piece("e9", "t9", 0))) is None
    crossed = Voice(NEXT, 20, None)
    assert crossed.position_on(line(PIECE, NEXT)) == SEGMENT_FRAMES + 20


def test_it_learns_what_follows_and_how_far_it_can_read() -> None:
    voice = voice_at(SEGMENT_FRAMES - 50.5, following=None)
    assert voice.extent(store()) == 50.5
    voice.learn(line(PIECE, NEXT))
    assert voice.extent(store()) == 50.5 + 10_000
    voice.learn(line(Piece("e0", "t0", 7), PIECE))
    assert voice.extent(store()) == 50.5
