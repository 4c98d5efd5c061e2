from sync.clock.exchange import Exchange
from sync.clock.room_clock import RoomClock
from sync.units import Micros

PROBE = Exchange(Micros(1_000), Micros(51_000), Micros(51_010), Micros(3_010))


def test_a_reconnection_to_the_same_timebase_keeps_what_is_known() -> None:
    clock = RoomClock(Micros(1))
    assert clock.begin("one")
    assert clock.add("one", PROBE)
    assert not clock.begin("one")
    assert clock.estimate.ready


def test_a_new_timebase_starts_anew() -> None:
    clock = RoomClock(Micros(1))
    clock.begin("one")
    clock.add("one", PROBE)
    assert clock.begin("two")
    assert clock.epoch == "two"
    assert not clock.estimate.ready


def test_replies_of_a_past_timebase_are_ignored() -> None:
    clock = RoomClock(Micros(1))
    clock.begin("one")
    clock.begin("two")
    assert not clock.add("one", PROBE)
    assert not clock.estimate.ready


def test_nothing_is_believed_before_a_timebase_is_named() -> None:
    clock = RoomClock(Micros(1))
    assert not clock.add("one", PROBE)
    assert clock.epoch == ""
