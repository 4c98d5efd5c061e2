import json
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sync.timeline import transport as line
from sync.timeline.anchor import Anchor
from sync.timeline.plain import from_plain, to_plain
from sync.timeline.transport import SETTLE_AHEAD, Cue, Transport
from sync.timeline.vibe import Vibe
from sync.units import Micros, SampleCount
from tests.vectors import make_timeline

VECTORS = Path(__file__).parents[2] / "vectors"

SECOND = 1_000_000


def cue(name: str, seconds: float) -> Cue:
    return Cue(name, f"track-{name}", f"order-{name}", SampleCount(int(seconds * 48_000)))


A, B, C, D = cue("a", 100), cue("b", 60), cue("c", 5), cue("d", 30)
UNMEASURED = replace(A, frames=SampleCount(0))


def micros(seconds: float) -> Micros:
    return Micros(int(seconds * SECOND))


def playing(current: Cue = A, position: float = 0, start: float = 10) -> Transport:
    return line.play(line.empty("c"), current, micros(position), micros(start))


def test_a_new_room_is_empty_and_stands_still() -> None:
    room = line.empty("c", 3)
    assert (room.status, room.current, room.revision, room.owner_term) == ("empty", None, 0, 3)
    assert line.position_at(room, micros(99)) == 0


def test_commands_without_anything_to_play_change_nothing() -> None:
    room = line.empty("c")
    assert line.resume(room, micros(1)) is room
    assert line.pause(room, micros(1)) is room
    assert line.seek(room, micros(1), micros(1)) is room
    assert line.advance(room, micros(1)) is room


def test_play_starts_the_line_and_knows_its_end() -> None:
    room = playing(A, position=20, start=10)
    assert room.anchor == Anchor(micros(10), micros(20), 1000)
    assert room.boundary_at == micros(90)
    assert room.revision == 1
    assert room.next is None
    assert not room.is_settled


def test_a_start_in_the_future_has_not_moved_yet() -> None:
    assert line.position_at(playing(A, position=20, start=10), micros(3)) == micros(20)


def test_positions_are_kept_inside_the_track() -> None:
    assert playing(A, position=-5).anchor.position == 0
    assert playing(A, position=1000).anchor.position == micros(100)
    assert playing(UNMEASURED, position=1000).anchor.position == micros(1000)


def test_a_track_of_unknown_length_has_no_boundary_until_it_is_measured() -> None:
    room = playing(UNMEASURED)
    assert room.boundary_at is None
    assert line.settle_due_at(room) is None
    measured = line.with_frames(room, "a", A.frames)
    assert measured.boundary_at == micros(110)
    assert measured.current == A


def test_measuring_something_else_or_the_same_again_changes_nothing() -> None:
    room = playing(A)
    assert line.with_frames(room, "zzz", SampleCount(5)) is room
    assert line.with_frames(room, "a", A.frames) is room


def test_the_next_entry_can_be_measured_too() -> None:
    room = line.expect(playing(A), replace(B, frames=SampleCount(0)))
    assert line.with_frames(room, "b", B.frames).next == B


def test_pause_keeps_the_position_and_resume_goes_on_from_it() -> None:
    paused = line.pause(playing(A), micros(35))
    assert (paused.status, paused.anchor, paused.boundary_at) == ("paused", Anchor(micros(35), micros(25), 0), None)
    going = line.resume(paused, micros(50))
    assert going.anchor == Anchor(micros(50), micros(25), 1000)
    assert going.boundary_at == micros(125)


def test_pausing_twice_and_resuming_what_plays_change_nothing() -> None:
    paused = line.pause(playing(A), micros(35))
    assert line.pause(paused, micros(36)) is paused
    going = playing(A)
    assert line.resume(going, micros(36)) is going


def test_a_pause_before_a_pending_start_stays_at_the_start() -> None:
    assert line.pause(playing(A, position=20, start=10), micros(9)).anchor == Anchor(micros(9), micros(20), 0)


def test_a_pause_beyond_the_boundary_falls_into_the_next_entry() -> None:
    room = line.settle(playing(A), B)
    paused = line.pause(room, micros(110.2))
    assert (paused.status, paused.current, paused.next) == ("paused", B, None)
    assert paused.anchor.position == micros(0.2)


def test_a_pause_beyond_the_end_of_the_queue_is_the_end() -> None:
    paused = line.pause(playing(A), micros(300))
    assert paused.anchor == Anchor(micros(110), micros(100), 0)
    assert line.is_at_end(paused)


def test_seeking_moves_the_boundary_and_works_while_paused() -> None:
    room = line.seek(playing(A), micros(90), micros(20))
    assert room.boundary_at == micros(30)
    paused = line.seek(line.pause(playing(A), micros(35)), micros(50), micros(36))
    assert (paused.status, paused.anchor.position) == ("paused", micros(50))
    assert line.resume(paused, micros(40)).anchor.position == micros(50)


def test_a_seek_does_not_start_before_a_pending_start() -> None:
    assert line.seek(playing(A, start=10), micros(50), micros(9)).anchor == Anchor(micros(10), micros(50), 1000)


def test_a_seek_stays_in_the_entry_that_the_person_saw() -> None:
    room = line.seek(line.settle(playing(A), B), micros(30), micros(110.1))
    assert (room.current, room.next) == (A, B)
    assert room.boundary_at == micros(180.1)


def test_the_speed_changes_without_a_jump_and_survives_a_pause() -> None:
    room = line.set_vibe(playing(A), Vibe(1250), micros(30))
    assert room.anchor == Anchor(micros(30), micros(20), 1250)
    assert room.boundary_at == micros(30 + 64)
    again = line.resume(line.pause(room, micros(50)), micros(60))
    assert again.anchor.rate_permille == 1250
    assert line.play(again, B, micros(0), micros(70)).anchor.rate_permille == 1250


def test_a_speed_set_while_paused_holds_from_the_next_start() -> None:
    paused = line.set_vibe(line.pause(playing(A), micros(35)), Vibe(800), micros(36))
    assert (paused.anchor.rate_permille, paused.rate_permille) == (0, 800)
    assert line.resume(paused, micros(40)).anchor.rate_permille == 800


def test_speeds_are_kept_in_range_and_the_same_speed_is_no_change() -> None:
    assert line.set_vibe(playing(A), Vibe(9000), micros(30)).rate_permille == 2000
    assert line.set_vibe(playing(A), Vibe(1), micros(30)).rate_permille == 500
    room = playing(A)
    assert line.set_vibe(room, Vibe(1000), micros(30)) is room


def test_a_speed_for_a_pending_start_does_not_move_it() -> None:
    assert line.set_vibe(playing(A, start=10), Vibe(2000), micros(9)).anchor == Anchor(micros(10), micros(0), 2000)


def test_what_is_expected_may_change_until_it_is_settled() -> None:
    room = line.expect(playing(A), B)
    assert line.expect(room, B) is room
    room = line.settle(line.expect(room, C), C)
    assert (room.next, room.is_settled) == (C, True)
    assert line.expect(room, B) is room
    assert line.settle(room, C) is room
    assert line.settle(room, D).next == D


def test_settling_is_due_ten_seconds_before_the_boundary() -> None:
    room = playing(A)
    assert line.settle_due_at(room) == micros(100)
    assert line.settle_due_at(line.settle(room, None)) is None


def test_a_settled_next_stays_settled_only_if_the_boundary_stays_near() -> None:
    room = line.settle(playing(A), B)
    assert not line.seek(room, micros(0), micros(105)).is_settled
    near = line.seek(room, micros(95), micros(105))
    assert near.is_settled
    assert near.boundary_at is not None
    assert near.boundary_at - near.anchor.at <= SETTLE_AHEAD


def test_nothing_advances_before_the_boundary() -> None:
    room = line.settle(playing(A), B)
    assert line.advance(room, micros(109.999999)) is room


def test_the_next_entry_starts_exactly_where_the_last_one_ended() -> None:
    room = line.advance(line.settle(playing(A), B), micros(111), [C])
    assert (room.current, room.next, room.is_settled) == (B, C, False)
    assert room.anchor == Anchor(micros(110), micros(0), 1000)
    assert room.boundary_at == micros(170)


def test_several_boundaries_are_crossed_at_once_if_what_follows_is_told() -> None:
    room = line.advance(line.settle(playing(A), B), micros(176), [C, D, A])
    assert (room.current, room.next) == (D, A)
    assert room.anchor == Anchor(micros(175), micros(0), 1000)


def test_the_end_of_the_queue_is_a_pause_at_the_end() -> None:
    room = line.advance(line.settle(playing(A), None), micros(200))
    assert (room.status, room.current, room.next) == ("paused", A, None)
    assert room.anchor == Anchor(micros(110), micros(100), 0)
    assert line.is_at_end(room)


def test_resuming_at_the_end_goes_on_to_what_was_added_or_plays_again() -> None:
    room = line.advance(line.settle(playing(A), None), micros(200))
    assert line.resume(room, micros(210)).current == A
    assert line.resume(room, micros(210)).anchor == Anchor(micros(210), micros(0), 1000)
    assert line.resume(line.expect(room, B), micros(210)).current == B


def test_an_entry_that_turns_out_shorter_than_where_it_is_ends_at_once() -> None:
    room = line.settle(playing(UNMEASURED), B)
    room = line.advance(line.with_frames(room, "a", SampleCount(48_000)), micros(50))
    assert (room.current, room.anchor.at) == (B, micros(11))


def test_another_owner_continues_the_same_playback_on_its_own_timebase() -> None:
    room = line.settle(playing(A), B)
    moved = line.re_anchored(room, "d", 4, Micros(-7_000))
    assert (moved.clock_epoch, moved.owner_term) == ("d", 4)
    assert moved.boundary_at == micros(110) - 7_000
    assert line.position_at(moved, Micros(micros(40) - 7_000)) == line.position_at(room, micros(40))


def test_the_higher_term_wins_then_the_higher_revision() -> None:
    old = replace(playing(A), owner_term=1, revision=9)
    assert line.is_newer(replace(old, revision=10), old)
    assert line.is_newer(replace(old, owner_term=2, revision=0), old)
    assert not line.is_newer(old, old)
    assert not line.is_newer(replace(old, owner_term=0, revision=99), old)


def test_rooms_that_live_through_anything_are_as_in_the_shared_vectors() -> None:
    assert json.loads((VECTORS / "timeline_transport.json").read_text()) == make_timeline.transports()


cues = st.builds(Cue, st.sampled_from("abcd"), st.just("t"), st.just("o"), st.integers(0, 10_000_000).map(SampleCount))
instants = st.integers(0, 10**9).map(Micros)
places = st.integers(-(10**8), 10**9).map(Micros)


class AnyLife(RuleBasedStateMachine):
    """Any operations in any order, at instants that may also go back."""

    def __init__(self) -> None:
        super().__init__()
        self.room = line.empty("c")

    def take(self, after: Transport) -> None:
        if after is not self.room:
            assert after != self.room
            assert line.is_newer(after, self.room)
        self.room = after

    @rule(which=cues, position=places, at=instants)
    def play(self, which: Cue, position: Micros, at: Micros) -> None:
        self.take(line.play(self.room, which, position, at))

    @rule(at=instants)
    def resume(self, at: Micros) -> None:
        self.take(line.resume(self.room, at))

    @rule(at=instants)
    def pause(self, at: Micros) -> None:
        self.take(line.pause(self.room, at))
        assert self.room.status != "playing"

    @rule(position=places, at=instants)
    def seek(self, position: Micros, at: Micros) -> None:
        self.take(line.seek(self.room, position, at))

    @rule(rate=st.integers(0, 3000), at=instants)
    def set_rate(self, rate: int, at: Micros) -> None:
        self.take(line.set_vibe(self.room, Vibe(rate), at))

    @rule(which=st.none() | cues)
    def expect(self, which: Cue | None) -> None:
        self.take(line.expect(self.room, which))

    @rule(which=st.none() | cues)
    def settle(self, which: Cue | None) -> None:
        self.take(line.settle(self.room, which))
        assert self.room.is_settled

    @rule(which=st.sampled_from("abcd"), frames=st.integers(1, 10_000_000))
    def with_frames(self, which: str, frames: int) -> None:
        self.take(line.with_frames(self.room, which, SampleCount(frames)))

    @rule(at=instants, behind=st.lists(cues, max_size=3))
    def advance(self, at: Micros, behind: list[Cue]) -> None:
        self.take(line.advance(self.room, at, behind))
        assert self.room.boundary_at is None or self.room.boundary_at > at

    @invariant()
    def the_record_is_valid_and_can_be_written(self) -> None:
        assert from_plain(json.loads(json.dumps(to_plain(self.room)))) == self.room

    @invariant()
    def the_boundary_follows_from_the_line(self) -> None:
        is_playing = self.room.status == "playing"
        expected = line.boundary_of(self.room.current, self.room.anchor) if is_playing else None
        assert self.room.boundary_at == expected

    @invariant()
    def the_position_is_inside_the_track(self) -> None:
        position = line.position_at(self.room, Micros(10**10))
        assert position >= 0
        if self.room.current is not None and (length := line.length_of(self.room.current)) is not None:
            assert position <= length


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)


@given(st.lists(cues.filter(lambda one: one.frames > 0), min_size=1, max_size=6), instants)
def test_advancing_in_any_steps_ends_at_the_same_record(queue: list[Cue], now: Micros) -> None:
    first, *rest = queue
    start = line.settle(line.play(line.empty("c"), first, Micros(0), Micros(0)), rest[0] if rest else None)
    at_once = line.advance(start, now, rest[1:])
    stepwise, waiting = start, rest[1:]
    while (boundary := stepwise.boundary_at) is not None and boundary <= now:
        stepwise = line.advance(stepwise, boundary, waiting)
        waiting = waiting[1:]
    assert at_once == stepwise
