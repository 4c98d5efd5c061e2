from hathor_rt.ids import PrincipalId, TrackId
from hathor_rt.rooms.events import Measured, TracksAppended
from hathor_rt.rooms.upcoming import upcoming
from sync.units import SAMPLE_RATE, SampleCount
from sync.wire.frames import Next
from tests.fakes.core_stage import Stage, tracks

MINUTE = SampleCount(60 * SAMPLE_RATE)


def room(*names: str) -> Stage:
    stage = Stage()
    stage.come("hana", "host")
    entries = tuple(f"e{number}" for number in range(len(names)))
    stage.do(TracksAppended(PrincipalId("hana"), tracks(names), entries, 1))
    return stage


def test_what_plays_comes_before_what_follows_in_any_room() -> None:
    one, two = room("a", "b", "c"), room("x")
    assert upcoming([one.core, two.core]) == ["a", "x", "b", "c"]


def test_what_was_played_is_no_longer_ahead() -> None:
    stage = Stage()
    host = stage.come("hana", "host")
    stage.do(TracksAppended(PrincipalId("hana"), tracks(("a", "b", "c")), ("0", "1", "2"), 1))
    for name in "abc":
        stage.do(Measured(TrackId(name), MINUTE))
    stage.do(host.asks(Next()))
    assert upcoming([stage.core]) == ["b", "c"]


def test_a_long_queue_is_looked_into_for_an_hour_of_music() -> None:
    names = [f"t{number}" for number in range(60)]
    assert upcoming([room(*names).core]) == names[:20]


def test_an_empty_room_plays_nothing() -> None:
    assert upcoming([Stage().core]) == []
    assert upcoming([]) == []
