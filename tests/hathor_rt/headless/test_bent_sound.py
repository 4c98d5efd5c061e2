"""A recording that is bent while it plays: which sound is heard, from which frame on, and where in the recording."""

import math

import numpy as np
import pytest

from hathor_rt.headless.bent_sound import bend_of, piece_of, track_of
from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.lines import Line, Piece
from hathor_rt.headless.player import Player
from hathor_rt.headless.steering import WholeFrameSteering
from media.bend import PLAIN, Bend
from media.segment_format import SEGMENT_FRAMES
from sync.timeline.transport import Cue
from sync.timeline.vibe import Vibe
from sync.units import Micros, SampleCount

# Every sample says where in the recording it is from (left) and of which sound it is (right).
SCALE = 1_000_000
RECORDED = 3 * SEGMENT_FRAMES
PLAIN_PIECE = Piece("e", "t", RECORDED)
CLOCK_ERROR = Micros(100)


@pytest.mark.parametrize("vibe", [Vibe(), Vibe(800), Vibe(1000, -350), Vibe(1250, 300, True), Vibe(1000, 0, True)])
def test_a_name_says_what_to_ask_for(vibe: Vibe) -> None:
    piece = piece_of(Cue("e", "t1", "a", SampleCount(100_001)), vibe)
    bend = Bend(vibe.tempo_permille, vibe.pitch_cents, vibe.keeps_formants).normal
    assert (track_of(piece.track), bend_of(piece.track)) == ("t1", bend)
    assert (piece.frames, piece.tempo) == (bend.frames_of(100_001), bend.tempo_permille / 1000)
    assert (piece.track == "t1") == (bend == PLAIN)


def bent(tempo: int) -> Piece:
    return Piece("e", f"t~{tempo}~-200~0", RECORDED * 1000 // tempo, tempo / 1000)


def put(store: ChunkStore, piece: Piece, kind: int, segments: range) -> None:
    for index in segments:
        positions = (index * SEGMENT_FRAMES + np.arange(SEGMENT_FRAMES)) * piece.tempo
        samples = np.stack([positions / SCALE, np.full(SEGMENT_FRAMES, kind)]).astype(np.float32)
        store.add((piece.track, index), samples, [])


def lines(tempo: int, at: int) -> tuple[Line, Line]:
    return (
        Line("r1", -math.inf, PLAIN_PIECE, 0, 0.0, 1.0, 1.0, None),
        Line("r2", at, bent(tempo), at, at / (tempo / 1000), 1.0, 1.0, None, at),
    )


@pytest.mark.parametrize("tempo", [500, 800, 1000, 1250, 2000])
def test_the_sound_changes_at_the_frame_of_its_line(tempo: int) -> None:
    at = 60_011
    store = ChunkStore()
    put(store, PLAIN_PIECE, 1, range(2))
    put(store, bent(tempo), 2, range(2))
    player = Player(store, WholeFrameSteering())
    player.follow(lines(tempo, at), CLOCK_ERROR)
    sound = np.concatenate([player.render(first, 1_000) for first in range(0, 100_000, 1_000)], axis=1)
    assert np.all(sound[1, 400:at] == 1)
    assert np.all(sound[1, at + 400 :] == 2)
    expected = at + np.arange(400, 30_000) * (tempo / 1000)
    assert np.abs(sound[0, at + 400 : at + 30_000] * SCALE - expected).max() <= 1 + tempo / 1000
    assert player.status(100_000).track == "t"


@pytest.mark.parametrize("tempo", [500, 800, 1250, 2000])
def test_a_sound_that_is_late_is_waited_for_in_its_place(tempo: int) -> None:
    at = 30_011
    store = ChunkStore()
    put(store, PLAIN_PIECE, 1, range(3))
    player = Player(store, WholeFrameSteering())
    player.follow(lines(tempo, at), CLOCK_ERROR)
    waiting = np.concatenate([player.render(first, 500) for first in range(0, 60_000, 500)], axis=1)
    assert np.abs(waiting[1, 1_000:] - 1).max() < 1e-3, "the recording goes on without a gap"
    assert abs(waiting[0, -1] * SCALE - (at + (59_999 - at) * tempo / 1000)) <= 3, "at the new tempo"
    status = player.status(60_000)
    assert status.sounding == "in-step"
    assert not status.has_sound
    put(store, bent(tempo), 2, range(2))
    after = np.concatenate([player.render(first, 500) for first in range(60_000, 70_000, 500)], axis=1)
    assert np.all(after[1, 1_000:] == 2)
    assert abs(after[0, -1] * SCALE - (at + (69_999 - at) * tempo / 1000)) <= 1 + tempo / 1000
