"""The loop of a sound card, closed: callbacks, clock, lines, steering. Only the card itself is arithmetic."""

import random

import numpy as np
import pytest

from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.feed import Feed
from hathor_rt.headless.player import Player
from hathor_rt.headless.schedule import program_of
from hathor_rt.headless.sound_checks import SoundChecks
from hathor_rt.headless.steering import DriftSteering
from media.segment_format import SEGMENT_FRAMES
from sync.timeline import transport as timeline
from sync.timeline.transport import Cue
from sync.units import Micros, SampleCount
from sync.wire.frames import SoundCheck

SCALE = 1_000_000
BLOCK = 960
START = 90_000_000
SONG = timeline.play(
    timeline.empty("p"), Cue("e", "t", "a", SampleCount(20 * SEGMENT_FRAMES)), Micros(0), Micros(START)
)


class Card:
    """Plays `BLOCK` frames at a time at a pace of its own; says with some noise when each will be heard."""

    def __init__(self, drift_ppm: float, latency: int) -> None:
        self.now = Micros(START + 300_000)
        self.feed = Feed(lambda: self.now)
        self._per_block = BLOCK * 125 / 6 / (1 + drift_ppm / 1e6)
        self._began = float(self.now)
        self._blocks = 0
        self._latency = latency
        self._chance = random.Random(3)

    def turn(self, player: Player) -> tuple[float, np.ndarray]:
        """One callback. Returns when its first frame is really heard, and the block."""
        due = self._began + self._blocks * self._per_block
        self._blocks += 1
        self.now = Micros(round(due + self._chance.uniform(0, 300)))
        heard_at = due + self._latency
        block = np.zeros((BLOCK, 2), np.float32)
        self.feed.fill(block, player, (heard_at - self.now) / 1e6, has_run_dry=False)
        return heard_at, block


def store() -> ChunkStore:
    held = ChunkStore()
    for index in range(20):
        positions = index * SEGMENT_FRAMES + np.arange(SEGMENT_FRAMES)
        held.add(("t", index), np.stack([positions / SCALE, np.ones(SEGMENT_FRAMES)]).astype(np.float32), [])
    return held


@pytest.mark.slow
@pytest.mark.parametrize("drift_ppm", [-150, 0, 80])
def test_a_card_that_drifts_is_heard_in_step(drift_ppm: int) -> None:
    card, player = Card(drift_ppm, latency=43_000), Player(store(), DriftSteering())
    errors = []
    for block in range(40 * 50):
        heard_at, sound = card.turn(player)
        if block > 20 * 50:
            errors.append(float(sound[0, 0]) * SCALE - (heard_at - START) * 0.048)
        if block % 5 == 0:
            card.feed.learn()
            clock = card.feed.clock
            if clock.is_ready:
                now = clock.local_at(card.feed.head)
                player.follow(program_of([SONG], now, clock.frame_at), Micros(100))
    # Position is told to a tenth of a frame by the sample; 1 ms is a fifth of what an ear finds.
    assert len(errors) > 900
    assert np.abs(errors).max() * 125 / 6 < 1_000
    assert card.feed.latency == pytest.approx(43_000, abs=400)


@pytest.mark.slow
@pytest.mark.parametrize("drift_ppm", [-150, 0, 80])
def test_a_card_that_drifts_clicks_at_the_rooms_seconds(drift_ppm: int) -> None:
    card, player, checks = Card(drift_ppm, latency=43_000), Player(store(), DriftSteering()), SoundChecks()
    begins = START + 10_000_000
    checks.take(SoundCheck("r1", "clicks", "c9", "Ana", begins, begins + 20_000_000, [], 0, 0))
    player.mark(checks.silence())
    heard: list[float] = []
    for block in range(32 * 50):
        heard_at, sound = card.turn(player)
        # A click is nothing at its first sample, and what follows the first block of one is no other click.
        if sound.any() and (not heard or heard_at - heard[-1] > 100_000):
            heard.append(heard_at + (int(np.flatnonzero(sound[:, 0])[0]) - 1) * 125 / 6)
        if block % 5 == 0:
            card.feed.learn()
            clock = card.feed.clock
            if clock.is_ready:
                now = clock.local_at(card.feed.head)
                player.mark(checks.marking(now, clock.frame_at))
    assert len(heard) == 20
    assert np.abs(np.array(heard) - begins - np.arange(20) * 1_000_000).max() < 1_000


def test_nonsense_about_the_latency_is_ignored() -> None:
    feed, player = Feed(lambda: Micros(START)), Player(ChunkStore(), DriftSteering())
    block = np.ones((BLOCK, 2), np.float32)
    feed.fill(block, player, 0.02, has_run_dry=False)
    for delay in (-5.0, 1e6, float("nan")):
        feed.fill(block, player, delay, has_run_dry=True)
    assert feed.latency == 20_000
    assert feed.head == 4 * BLOCK
    assert not block.any()
    feed.learn()
