"""When wishes become records: as a table, and as a drag of any kind."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.refusals import BadRequest
from hathor_rt.rooms.vibe_changes import BEAT_WITHIN, SPACING, VIBE_LEAD, VibeChanges
from sync.timeline import transport as records
from sync.timeline.transport import Cue, Transport
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import SAMPLE_RATE, Micros, SampleCount
from sync.wire.frames import SetVibe

LEAD = Micros(150_000)
SECOND = 1_000_000
CUE = Cue("e", "t", "a", SampleCount(600 * SAMPLE_RATE))
PLAYING = records.play(records.empty("c", 1), CUE, Micros(0), Micros(0))


def at(seconds: float) -> Micros:
    return Micros(round(seconds * SECOND))


def test_a_change_is_heard_by_all_at_one_instant_within_the_promise() -> None:
    changes = VibeChanges()
    changes.ask(SetVibe(tempo_permille=800, pitch_cents=-200), PLAYING)
    after = changes.grant(PLAYING, at(5), LEAD)
    assert after.vibe == Vibe(800, -200)
    assert after.anchor.at == at(5) + VIBE_LEAD < at(5.3)
    assert after.anchor.position == at(5) + VIBE_LEAD
    assert changes.wake_at() is None


def test_listeners_far_away_are_given_the_time_they_need() -> None:
    changes = VibeChanges()
    changes.ask(SetVibe(tempo_permille=800), PLAYING)
    assert changes.grant(PLAYING, at(5), at(0.9)).anchor.at == at(5.9)


def test_what_is_turned_meanwhile_waits_as_one_with_the_newest_of_each_knob() -> None:
    changes = VibeChanges()
    changes.ask(SetVibe(tempo_permille=900), PLAYING)
    first = changes.grant(PLAYING, at(5), LEAD)
    for tempo in range(899, 880, -1):
        changes.ask(SetVibe(tempo_permille=tempo), first)
    changes.ask(SetVibe(pitch_cents=300), first)
    changes.ask(SetVibe(keeps_formants=True), first)
    assert changes.grant(first, at(5.2), LEAD) is first
    wake = changes.wake_at()
    assert wake == first.anchor.at + SPACING - VIBE_LEAD
    second = changes.grant(first, wake, LEAD)
    assert second.vibe == Vibe(881, 300, True)
    assert second.anchor.at == first.anchor.at + SPACING
    assert changes.wake_at() is None


def test_while_nothing_sounds_it_is_kept_for_later_at_once() -> None:
    paused = records.pause(PLAYING, at(3))
    changes = VibeChanges()
    changes.ask(SetVibe(tempo_permille=700), paused)
    after = changes.grant(paused, at(5), LEAD)
    assert (after.status, after.vibe, after.anchor) == ("paused", Vibe(700), paused.anchor)


def test_a_start_that_is_announced_keeps_its_instant() -> None:
    starting = records.play(records.empty("c", 1), CUE, Micros(0), at(9))
    changes = VibeChanges()
    changes.ask(SetVibe(tempo_permille=700), starting)
    after = changes.grant(starting, at(5), LEAD)
    assert (after.anchor.at, after.anchor.position, after.anchor.rate_permille) == (at(9), 0, 700)


def test_a_reset_waits_for_nothing_and_drops_what_waits() -> None:
    changes = VibeChanges()
    changes.ask(SetVibe(tempo_permille=900), PLAYING)
    first = changes.grant(PLAYING, at(5), LEAD)
    changes.ask(SetVibe(tempo_permille=500), first)
    after = changes.reset(first, at(5.1), LEAD)
    assert after.vibe == PLAIN
    assert after.anchor.at == at(5.1) + VIBE_LEAD
    assert changes.wake_at() is None
    assert changes.reset(after, at(9), LEAD) is after


@pytest.mark.parametrize(
    "order",
    [SetVibe(tempo_permille=499), SetVibe(tempo_permille=2001), SetVibe(pitch_cents=-1201), SetVibe(pitch_cents=1201)],
)
def test_what_no_rendition_can_be_is_refused_and_spoils_nothing(order: SetVibe) -> None:
    changes = VibeChanges()
    with pytest.raises(BadRequest):
        changes.ask(order, PLAYING)
    assert changes.grant(PLAYING, at(5), LEAD) is PLAYING


BEATS = tuple(at(beat / 2) for beat in range(1_000))


def test_on_the_beat_it_begins_with_the_next_one() -> None:
    changes = VibeChanges()
    changes.ask(SetVibe(tempo_permille=800, on_beat=True), PLAYING)
    after = changes.grant(PLAYING, at(5.1), LEAD, BEATS)
    assert (after.anchor.at, after.anchor.position) == (at(5.5), at(5.5))


def test_on_the_beat_of_a_slowed_room_it_is_the_beat_that_is_heard() -> None:
    slow = records.set_vibe(PLAYING, Vibe(500), at(4))
    changes = VibeChanges()
    changes.ask(SetVibe(tempo_permille=1000, on_beat=True), slow)
    after = changes.grant(slow, at(5), LEAD, BEATS)
    # At 5.22 s the room is at 4.61 s of the track; its beat at 5 s is heard at 6 s.
    assert (after.anchor.at, after.anchor.position) == (at(6), at(5))


@pytest.mark.parametrize("beats", [(), (at(1),), (at(5) + VIBE_LEAD + BEAT_WITHIN + SECOND,)])
def test_without_a_beat_nearby_it_is_as_soon_as_ever(beats: tuple[Micros, ...]) -> None:
    changes = VibeChanges()
    changes.ask(SetVibe(tempo_permille=800, on_beat=True), PLAYING)
    assert changes.grant(PLAYING, at(5), LEAD, beats).anchor.at == at(5) + VIBE_LEAD


knobs = st.builds(
    SetVibe,
    st.none() | st.integers(500, 2000),
    st.none() | st.integers(-1200, 1200),
    st.none() | st.booleans(),
    st.booleans(),
)


@given(st.lists(st.tuples(st.integers(0, 400_000), knobs), min_size=1, max_size=60))
def test_of_any_drag_all_steps_lie_apart_and_the_last_wish_is_what_stays(steps: list[tuple[int, SetVibe]]) -> None:
    changes, room, now = VibeChanges(), PLAYING, SECOND
    wanted = PLAIN
    written: list[Transport] = []

    def look(instant: int) -> None:
        nonlocal room
        after = changes.grant(room, Micros(instant), LEAD, BEATS)
        if after is not room:
            # Nobody learns of it too late, and no place in the music is left out or played twice.
            assert after.anchor.at >= instant + VIBE_LEAD
            assert abs(after.anchor.position - records.position_at(room, after.anchor.at)) <= 1
            written.append(after)
            room = after

    def pass_to(instant: int) -> None:
        while (wake := changes.wake_at()) is not None and wake <= instant:
            look(max(wake, now))

    for wait, order in steps:
        pass_to(now + wait)
        now += wait
        changes.ask(order, room)
        wanted = Vibe(
            wanted.tempo_permille if order.tempo_permille is None else order.tempo_permille,
            wanted.pitch_cents if order.pitch_cents is None else order.pitch_cents,
            wanted.keeps_formants if order.keeps_formants is None else order.keeps_formants,
        )
        look(now)
    pass_to(now + 60 * SECOND)
    assert room.vibe == wanted
    assert all(later.anchor.at - earlier.anchor.at >= SPACING for earlier, later in pairwise(written))
