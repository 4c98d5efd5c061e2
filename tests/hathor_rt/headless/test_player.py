"""The follower as a whole: what is heard at an output frame is what the room's line says of it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hathor_rt.headless.chunks import ChunkStore
from hathor_rt.headless.hush import HUSH_FRAMES
from hathor_rt.headless.lines import Line, Piece, Program
from hathor_rt.headless.mark_track import Marking, PlacedMark
from hathor_rt.headless.marks import samples_of
from hathor_rt.headless.player import Player
from hathor_rt.headless.schedule import Schedule, program_of
from hathor_rt.headless.steering import DriftSteering, Steering, WholeFrameSteering
from hathor_rt.headless.voice import FADE_FRAMES
from media.pcm import Samples
from media.segment_format import SEGMENT_FRAMES
from sync.timeline import transport as timeline
from sync.timeline.transport import Cue, Transport
from sync.timeline.vibe import Vibe
from sync.units import Micros, SampleCount

# A sample that says where it stands: position / SCALE on the left, and which song it is of on the right.
SCALE = 1_000_000
FRAMES = 2 * SEGMENT_FRAMES + 30_000
FIRST, SECOND = Piece("e1", "t1", FRAMES), Piece("e2", "t2", FRAMES)
CLOCK_ERROR = Micros(100)


def song(number: int, index: int) -> Samples:
    count = min(SEGMENT_FRAMES, FRAMES - index * SEGMENT_FRAMES)
    positions = index * SEGMENT_FRAMES + np.arange(count)
    return np.stack([positions / SCALE, np.full(count, number)]).astype(np.float32)


def full_store() -> ChunkStore:
    store = ChunkStore()
    for number in (1, 2):
        for index in range(3):
            store.add((f"t{number}", index), song(number, index), [])
        for tempo in (500, 1500):
            for index, samples in enumerate(bent_song(number, tempo)):
                store.add((f"t{number}~{tempo}~0~0", index), samples, [])
    return store


def bent_song(number: int, tempo: int) -> list[Samples]:
    """The segments of a rendition: frames that say where in the recording they are from."""
    positions = np.arange(FRAMES * 1000 // tempo) * (tempo / 1000)
    whole = np.stack([positions / SCALE, np.full(len(positions), number)]).astype(np.float32)
    return [whole[:, first : first + SEGMENT_FRAMES] for first in range(0, len(positions), SEGMENT_FRAMES)]


STORE = full_store()


def player_of(steering: Steering | None = None, store: ChunkStore = STORE) -> Player:
    return Player(store, steering or WholeFrameSteering())


def line(
    position: float = 0, *, at: float = 0, rate: float = 1.0, record: str = "r1", following: Piece | None = SECOND
) -> Line:
    return Line(record, -math.inf, FIRST, at, position, rate, rate, following)


def rendered(player: Player, count: int, frame: int = 0, block: int = 1_000) -> Samples:
    pieces = [player.render(frame + done, min(block, count - done)) for done in range(0, count, block)]
    return np.concatenate(pieces, axis=1)


def assert_heard(sound: Samples, frame: int, position: float, song_number: int, *, within: float = 1.0) -> None:
    assert abs(sound[1, frame] - song_number) < 1e-3
    assert abs(sound[0, frame] * SCALE - position) <= within


def test_it_plays_the_samples_themselves_behind_a_fade() -> None:
    player = player_of()
    player.follow((line(1_000.3),), CLOCK_ERROR)
    sound = rendered(player, 20_000)
    assert np.array_equal(sound[:, FADE_FRAMES:], song(1, 0)[:, 1_000 + FADE_FRAMES : 21_000])
    status = player.status(20_000)
    assert (status.sounding, status.entry, status.position) == ("in-step", "e1", 21_000)
    assert abs(status.error) < 10


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=20))
def test_any_cutting_into_blocks_gives_the_same_sound(blocks: list[int]) -> None:
    whole, cut = player_of(), player_of()
    program = (line(100.0), replace(line(60_000.0, at=7_001.5, record="r2"), begins=7_001.5))
    whole.follow(program, CLOCK_ERROR)
    cut.follow(program, CLOCK_ERROR)
    pieces, done = [], 0
    for count in blocks:
        pieces.append(cut.render(done, count))
        done += count
    assert np.allclose(np.concatenate(pieces, axis=1), whole.render(0, done), atol=1e-6)


def test_before_the_start_there_is_silence() -> None:
    player = player_of()
    player.follow((replace(line(0, at=5_000), begins=5_000.0),), CLOCK_ERROR)
    sound = rendered(player, 10_000)
    assert not sound[:, :5_000].any()
    assert_heard(sound, 9_999, 4_999, 1, within=0.2)


@pytest.mark.parametrize("latency_millis", [300, 2_000], ids=["bluetooth", "slow speaker"])
def test_an_output_slower_than_the_lead_begins_late_and_in_place(latency_millis: int) -> None:
    # What is rendered now is heard `latency` from now, but the start lies only 150 ms ahead: its frame has passed.
    begins = 48_000.0 * 0.150
    head = latency_millis * 48
    player = player_of()
    player.follow((replace(line(0, at=begins), begins=begins),), CLOCK_ERROR)
    sound = rendered(player, 10_000, frame=head)
    assert np.abs(sound[1, : FADE_FRAMES // 8]).max() < 0.2
    assert np.abs(np.diff(sound[1])).max() < 0.01
    assert_heard(sound, FADE_FRAMES, head + FADE_FRAMES - begins, 1)
    assert_heard(sound, 9_999, head + 9_999 - begins, 1)


def test_nothing_is_silence() -> None:
    player = player_of()
    assert not rendered(player, 2_000).any()
    assert player.status(2_000).sounding == "silent"


def test_it_crosses_into_the_next_song_without_a_gap() -> None:
    player = player_of()
    player.follow((line(FRAMES - 5_000.0),), CLOCK_ERROR)
    sound = rendered(player, 10_000)
    assert np.array_equal(sound[:, FADE_FRAMES:5_000], song(1, 2)[:, -(5_000 - FADE_FRAMES) :])
    assert np.array_equal(sound[:, 5_000:], song(2, 0)[:, :5_000])
    assert player.status(10_000).entry == "e2"


def test_the_record_behind_the_boundary_changes_nothing_that_is_heard() -> None:
    player = player_of()
    player.follow((line(FRAMES - 5_000.0),), CLOCK_ERROR)
    rendered(player, 6_000)
    player.follow((Line("r2", -math.inf, SECOND, 6_000, 1_000.2, 1, 1, None),), CLOCK_ERROR)
    assert np.array_equal(rendered(player, 4_000, 6_000), song(2, 0)[:, 1_000:5_000])


def test_the_last_song_ends_with_a_fade_and_then_nothing() -> None:
    player = player_of()
    player.follow((line(FRAMES - 40_000.0, following=None),), CLOCK_ERROR)
    sound = rendered(player, 45_000)
    assert_heard(sound, 30_000, FRAMES - 10_000, 1)
    assert not sound[:, 40_000:].any()
    assert np.abs(np.diff(sound[1])).max() < 0.01
    assert player.status(45_000).sounding == "silent"


def test_a_pause_fades_out_at_its_frame() -> None:
    player = player_of()
    player.follow((line(), replace(line(6_000, rate=0, record="r2"), begins=6_000.0)), CLOCK_ERROR)
    sound = rendered(player, 10_000)
    assert_heard(sound, 5_999, 5_999, 1)
    assert not sound[:, 6_000 + FADE_FRAMES :].any()
    assert np.abs(np.diff(sound[1, FADE_FRAMES:])).max() < 0.01
    assert player.status(10_000).has_sound, "the sound for going on is here"


def test_a_seek_is_heard_at_its_frame_without_a_click() -> None:
    player = player_of()
    player.follow((line(), replace(line(200_000, at=6_000, record="r2"), begins=6_000.0)), CLOCK_ERROR)
    sound = rendered(player, 10_000)
    assert_heard(sound, 5_999, 5_999, 1)
    assert_heard(sound, 6_000 + FADE_FRAMES, 200_000 + FADE_FRAMES, 1)
    assert np.abs(np.diff(sound[1, FADE_FRAMES:])).max() < 0.01


def test_without_sound_it_waits_and_starts_in_place() -> None:
    store = ChunkStore()
    player = player_of(store=store)
    player.follow((line(),), CLOCK_ERROR)
    assert not rendered(player, 3_000).any()
    assert player.status(3_000).sounding == "buffering"
    store.add(("t1", 0), song(1, 0), [])
    sound = rendered(player, 3_000, 3_000)
    assert_heard(sound, 2_999, 5_999, 1, within=0.2)


def test_where_sound_runs_out_it_fades_and_comes_back_in_place() -> None:
    store = ChunkStore()
    store.add(("t1", 0), song(1, 0), [])
    player = player_of(store=store)
    player.follow((line(SEGMENT_FRAMES - 30_000.0),), CLOCK_ERROR)
    sound = rendered(player, 40_000)
    assert not sound[:, 30_000:].any()
    assert np.abs(np.diff(sound[1])).max() < 0.01
    store.add(("t1", 1), song(1, 1), [])
    assert_heard(rendered(player, 5_000, 40_000), 4_999, SEGMENT_FRAMES + 14_999, 1, within=0.2)


def test_asked_to_be_silent_it_fades() -> None:
    player = player_of()
    player.follow((line(),), CLOCK_ERROR)
    rendered(player, 5_000)
    player.silence()
    sound = rendered(player, 2 * FADE_FRAMES, 5_000)
    assert np.all(np.diff(sound[1]) <= 0)
    assert sound[1, 0] == 1
    assert not sound[:, FADE_FRAMES:].any()


# ── sound checks ─────────────────────────────────────────────────────────────────────────────────────────────────────

CLICK = samples_of("click")


def clicking(*frames: float, until: float = math.inf) -> Marking:
    return Marking(1, until, tuple(PlacedMark(Micros(index), frame, "click") for index, frame in enumerate(frames)))


def test_a_check_fades_the_music_out_clicks_to_the_frame_and_brings_the_music_back_in_its_place() -> None:
    player = player_of()
    player.follow((line(1_000),), CLOCK_ERROR)
    before = rendered(player, 10_000)
    player.mark(clicking(16_000, 40_000.4, until=60_000))
    sound = rendered(player, 90_000, 10_000)
    assert_heard(before, 9_999, 10_999, 1)
    fading = sound[1, :HUSH_FRAMES]
    assert np.all(np.diff(fading) <= 0)
    assert fading[-1] < 1e-4
    expected = np.zeros((2, 60_000 - 10_000 - HUSH_FRAMES), np.float32)
    for begins in (16_000, 40_000):
        first = begins - 10_000 - HUSH_FRAMES
        expected[:, first : first + len(CLICK)] = CLICK
    assert np.array_equal(sound[:, HUSH_FRAMES:50_000], expected), "nothing but clicks"
    back = sound[:, 50_000:]
    assert np.all(np.diff(back[1, : HUSH_FRAMES + 1]) >= 0)
    assert np.array_equal(back[:, HUSH_FRAMES:], song(1, 0)[:, 61_000 + HUSH_FRAMES : 101_000])


def test_music_that_starts_or_seeks_under_a_check_is_not_heard_before_its_end() -> None:
    player = player_of()
    player.mark(clicking())
    player.follow((line(), replace(line(200_000, at=6_000, record="r2"), begins=6_000.0)), CLOCK_ERROR)
    assert not rendered(player, 10_000).any()
    assert player.status(10_000).sounding == "in-step"
    player.mark(None)
    assert_heard(rendered(player, 10_000, 10_000), 9_999, 213_999, 1)


def test_another_check_takes_back_what_sounds_of_the_one_before() -> None:
    player = player_of()
    player.mark(Marking(1, math.inf, (PlacedMark(Micros(0), 0, "rising"),)))
    rendered(player, 3_000)
    player.mark(Marking(2, math.inf, ()))
    sound = rendered(player, 3_000, 3_000)
    assert np.abs(sound[:, :100]).max() > 0.1
    assert not sound[:, FADE_FRAMES:].any()


def test_asked_to_be_silent_under_a_check_it_ends_with_a_fade_and_without_music() -> None:
    player = player_of()
    player.follow((line(),), CLOCK_ERROR)
    player.mark(Marking(1, math.inf, (PlacedMark(Micros(0), 9_000, "falling"),)))
    rendered(player, 12_000)
    player.silence()
    sound = rendered(player, 2 * FADE_FRAMES, 12_000)
    assert sound.any()
    assert np.array_equal(sound[0], sound[1]), "no music"
    assert np.abs(sound[:, -FADE_FRAMES - 20 :]).max() < 0.003


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 4_000), min_size=1, max_size=20))
def test_any_cutting_into_blocks_gives_the_same_check(blocks: list[int]) -> None:
    whole, cut = player_of(), player_of()
    for player in (whole, cut):
        player.follow((line(100.0),), CLOCK_ERROR)
        player.mark(clicking(480, 7_000.5, 9_001, until=12_345.6))
    pieces, done = [], 0
    for count in blocks:
        pieces.append(cut.render(done, count))
        done += count
    assert np.allclose(np.concatenate(pieces, axis=1), whole.render(0, done), atol=1e-6)


# ── an offset that somebody moves ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("steering", [WholeFrameSteering, DriftSteering])
@pytest.mark.parametrize("ahead", [5_760, -5_760])
def test_moved_by_a_lot_it_is_heard_elsewhere_at_once_behind_a_fade(steering: type[Steering], ahead: int) -> None:
    player = player_of(steering())
    player.follow((line(10_000),), CLOCK_ERROR)
    rendered(player, 10_000)
    player.follow((line(10_000 + ahead),), CLOCK_ERROR, is_shifted=True)
    sound = rendered(player, 10_000, 10_000)
    assert_heard(sound, FADE_FRAMES, 20_000 + ahead + FADE_FRAMES, 1)
    assert np.abs(np.diff(sound[1])).max() < 0.01


def test_moved_by_a_little_it_glides() -> None:
    player = player_of()
    player.follow((line(10_000),), CLOCK_ERROR)
    rendered(player, 10_000)
    player.follow((line(10_000 + 48),), CLOCK_ERROR, is_shifted=True)
    sound = rendered(player, 200_000, 10_000)
    assert np.abs(np.diff(sound[0])).max() * SCALE < 1.2, "no jump"
    assert_heard(sound, -1, 20_000 + 48 + 199_999, 1, within=1.1)


def test_only_a_move_is_a_move() -> None:
    player = player_of()
    player.follow((line(10_000),), CLOCK_ERROR)
    rendered(player, 10_000)
    player.follow((line(10_000 + 5_760),), CLOCK_ERROR)
    assert_heard(rendered(player, 2_000, 10_000), 1_999, 21_999, 1, within=13)


@pytest.mark.parametrize("rate", [0.5, 0.75, 1.25, 2.0])
def test_other_speeds_are_in_place_too(rate: float) -> None:
    player = player_of()
    player.follow((line(1_000.0, rate=rate),), CLOCK_ERROR)
    sound = rendered(player, 20_000)
    for frame in range(1_000, 20_000, 997):
        assert_heard(sound, frame, 1_000 + frame * rate, 1)


@pytest.mark.parametrize("steering", [WholeFrameSteering, DriftSteering])
@pytest.mark.parametrize("ahead", [-20.0, 7.0, 100.0])
def test_when_the_clock_is_known_better_it_glides_to_its_place(steering: type[Steering], ahead: float) -> None:
    player = player_of(steering())
    player.follow((line(),), CLOCK_ERROR)
    rendered(player, 5_000)
    player.follow((line(ahead),), CLOCK_ERROR)
    sound = rendered(player, 300_000, 5_000)
    assert np.abs(np.diff(sound[0])).max() * SCALE < 1.2, "no jump"
    # A file's error is below one frame; DriftControl approaches with a time constant of 4 s.
    assert abs(sound[0, -1] * SCALE - (304_999 + ahead)) < (1.1 if steering is WholeFrameSteering else 30)


def test_lines_that_are_only_told_again_are_not_heard() -> None:
    player = player_of()
    pieces = []
    for tick in range(40):
        frame = tick * 1_000
        # The same line, as it is known from ever new reference points, a fifth of a frame to either side.
        player.follow((line(frame + 500 + 0.2 * (-1) ** tick, at=frame),), CLOCK_ERROR)
        pieces.append(rendered(player, 1_000, frame))
    sound = np.concatenate(pieces, axis=1)[:, FADE_FRAMES:]
    first = round(float(sound[0, 0]) * SCALE)
    assert abs(first - 500 - FADE_FRAMES) <= 1
    steps = np.diff(np.rint(sound[0] * SCALE))
    assert np.abs(steps - 1).sum() <= 2


# ── any room, any clock ──────────────────────────────────────────────────────────────────────────────────────────────

CUES = (Cue("e1", "t1", "a", SampleCount(FRAMES)), Cue("e2", "t2", "b", SampleCount(FRAMES)))


@st.composite
def lives(draw: st.DrawFn) -> list[Transport]:
    """What a conductor writes: a start, then commands some time apart, each some way ahead."""
    record = timeline.play(timeline.empty("p"), CUES[0], Micros(draw(st.integers(0, 3_000_000))), Micros(300_000))
    records = [timeline.settle(record, CUES[1])]
    for _ in range(draw(st.integers(0, 4))):
        at = Micros(records[-1].anchor.at + draw(st.integers(300_000, 900_000)))
        match draw(st.sampled_from(["pause", "seek", "resume", "rate"])):
            case "pause":
                record = timeline.pause(records[-1], at)
            case "seek":
                target = Micros(draw(st.integers(0, 8_000_000)))
                # Nobody seeks by less than a player may also draw in: there the sound takes seconds to arrive.
                assume(abs(target - timeline.advance(records[-1], at).anchor.position_at(at)) > 31_000)
                record = timeline.seek(records[-1], target, at)
            case "resume":
                record = timeline.resume(records[-1], at)
            case _:
                record = timeline.set_vibe(records[-1], Vibe(draw(st.sampled_from([500, 1000, 1500]))), at)
        if record is not records[-1]:
            records.append(record)
    return records


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(records=lives(), origin=st.integers(-1_000_000, 1_000_000), drift_ppm=st.integers(-100, 100))
def test_whatever_the_room_does_the_sound_is_where_its_record_says(
    records: list[Transport], origin: int, drift_ppm: int
) -> None:
    def frame_at(instant: Micros) -> float:
        return (instant - origin) * 0.048 * (1 + drift_ppm / 1e6)

    def instant_at(frame: float) -> Micros:
        return Micros(round(origin + frame / 0.048 / (1 + drift_ppm / 1e6)))

    player, schedule = player_of(), Schedule()
    frame, waiting = math.ceil(frame_at(Micros(0))), list(records)
    last = frame_at(Micros(records[-1].anchor.at + 1_000_000))
    settled_at = -math.inf
    while frame < last:
        now = instant_at(frame)
        while waiting and waiting[0].anchor.at - 200_000 <= now:
            schedule.take(waiting.pop(0))
        program: Program = program_of(schedule.from_instant(now, "p"), now, frame_at)
        player.follow(program, CLOCK_ERROR)
        sound = player.render(frame, 2_400)
        frame += 2_400
        held = [record for record in records if record.anchor.at <= instant_at(frame - 1)]
        began = frame_at(held[-1].anchor.at) if held else -math.inf
        # Fades last 8 ms; a start may wait for a block; whatever began less than 50 ms ago is still settling.
        settled_at = max(began + 2_400, settled_at if held else frame)
        if frame - 1 > settled_at:
            expect_heard(held[-1], sound, instant_at(frame - 1))


def expect_heard(record: Transport, sound: Samples, instant: Micros) -> None:
    there = timeline.advance(record, instant)
    if there.status != "playing" or there.current is None:
        assert not sound[:, -1].any()
        return
    position = there.anchor.position_at(instant) * 0.048
    near_end = there.next is None and position > FRAMES - 3_000
    if position > 3_000 and not near_end:
        # A frame of steering, a frame of rounding, and what a slip under way may add.
        assert abs(sound[0, -1] * SCALE - position) <= 3
        assert abs(sound[1, -1] - (1 if there.current.track == "t1" else 2)) < 1e-3
