"""Who is here: presence, readiness, silence and succession, as instants and values."""

from typing import Literal

import pytest

from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId, RoomId
from hathor_rt.rooms.attendance import QUALITY_EVERY, SUCCESSION_AFTER, Attendance
from hathor_rt.rooms.ports import Visitor
from sync.units import Micros
from sync.wire.frames import Report


def visitor(name: str, connection: str = "") -> Visitor:
    return Visitor(ConnectionId(connection or f"c{name}"), PrincipalId(name), DeviceId(f"d{name}"), name.title())


def attendance(*names: str, role: str = "guest", sound: bool = True) -> Attendance:
    fresh = Attendance(RoomId("r1"))
    for number, name in enumerate(names):
        fresh.join(visitor(name), role, Micros(number), sound=sound)
    return fresh


def report(state: Literal["silent", "in-step"] = "in-step", *, error: int = 0, first_segment: bool = True) -> Report:
    return Report("r1", state, playback_error=error, first_segment=first_segment, entry="e1")


def test_everybody_is_listed_in_order_of_arrival() -> None:
    room = attendance("ann", "bob")
    assert room.connections == ("cann", "cbob")
    assert [person.name for person in room.everybody().present] == ["Ann", "Bob"]
    assert room.everybody().full


def test_people_are_named_once_however_many_devices_they_have() -> None:
    room = attendance("ann", "bob")
    room.join(visitor("ann", "c2"), "guest", Micros(9), sound=False)
    assert room.names == ("Ann", "Bob")


def test_changes_are_told_once() -> None:
    room = attendance("ann")
    first = room.changes()
    assert first is not None
    assert not first.full
    assert [person.connection for person in first.present] == ["cann"]
    assert room.changes() is None


def test_who_came_and_went_between_two_tellings_is_not_told() -> None:
    room = attendance("ann")
    room.changes()
    room.join(visitor("bob"), "guest", Micros(5), sound=True)
    room.leave(ConnectionId("cbob"), Micros(6))
    assert room.changes() is None


def test_leaving_is_told_and_happens_once() -> None:
    room = attendance("ann", "bob")
    room.changes()
    room.leave(ConnectionId("cbob"), Micros(5))
    room.leave(ConnectionId("cbob"), Micros(6))
    told = room.changes()
    assert told is not None
    assert told.gone == ["cbob"]
    assert "cbob" not in room.connections


def test_who_comes_in_again_keeps_its_seniority() -> None:
    room = attendance("ann", "bob")
    room.join(visitor("ann"), "guest", Micros(99), sound=False)
    assert room.heir() == "ann"
    assert len(room) == 2
    assert room.listeners == 1


def test_quality_is_told_at_most_every_two_seconds_unless_the_state_changes() -> None:
    room = attendance("ann")
    ann = ConnectionId("cann")
    room.report(ann, report(error=1), Micros(0))
    assert room.changes() is not None
    room.report(ann, report(error=2), Micros(QUALITY_EVERY - 1))
    assert room.changes() is None
    room.report(ann, report("silent", error=3), Micros(QUALITY_EVERY - 1))
    changed = room.changes()
    assert changed is not None
    assert changed.present[0].state == "silent"
    room.report(ann, report("silent", error=4), Micros(2 * QUALITY_EVERY))
    later = room.changes()
    assert later is not None
    assert later.present[0].playback_error == 4


def test_what_a_report_says_of_its_device_is_what_others_are_told() -> None:
    room = attendance("ann")
    said = Report("r1", "in-step", playback_error=-3, clock_error=900, coarse=True)
    room.report(ConnectionId("cann"), said, Micros(0))
    changed = room.changes()
    assert changed is not None
    (ann,) = changed.present
    assert (ann.state, ann.playback_error, ann.clock_error, ann.coarse) == ("in-step", -3, 900, True)


def test_a_report_counts_for_the_lead_only_while_its_sender_listens() -> None:
    room = attendance("ann")
    room.report(ConnectionId("cann"), report(), Micros(0))
    assert len(room.listener_reports()) == 1
    room.set_sound(ConnectionId("cann"), Micros(1), sound=False)
    assert room.listener_reports() == ()


@pytest.mark.parametrize(("ready", "is_warm"), [(0, False), (1, False), (2, True), (4, True)])
def test_a_room_is_warm_when_half_of_its_listeners_are_ready(ready: int, is_warm: bool) -> None:
    room = attendance("ann", "bob", "cid", "dora")
    for connection in room.connections[:ready]:
        room.report(connection, report(), Micros(0))
    assert room.is_warm("e1") is is_warm


def test_nobody_is_waited_for_in_a_room_without_listeners() -> None:
    assert attendance("ann", sound=False).is_warm("e1")


def test_readiness_is_forgotten_when_something_else_is_current() -> None:
    room = attendance("ann")
    room.report(ConnectionId("cann"), report(), Micros(0))
    assert room.is_warm("e1")
    assert not room.is_warm("e2")


def test_all_devices_of_one_principal_share_role_and_name() -> None:
    room = attendance("ann")
    room.join(visitor("ann", "cann2"), "guest", Micros(3), sound=False)
    room.set_role(PrincipalId("ann"), "host", Micros(4))
    room.rename(PrincipalId("ann"), "Anna")
    assert [(person.role, person.name) for person in room.everybody().present] == [("host", "Anna")] * 2
    assert room.connections_of(PrincipalId("ann")) == ("cann", "cann2")
    assert room.role_of(PrincipalId("ann")) == "host"
    assert room.role_of(PrincipalId("bob")) is None


def test_succession_is_due_a_minute_after_the_last_host_left() -> None:
    room = attendance("hana", role="host")
    room.join(visitor("ann"), "guest", Micros(1), sound=True)
    assert room.succession_at() is None
    room.leave(ConnectionId("chana"), Micros(10))
    assert room.succession_at() == 10 + SUCCESSION_AFTER
    assert room.heir() == "ann"
    room.join(visitor("hana"), "host", Micros(20), sound=True)
    assert room.succession_at() is None


def test_an_empty_room_has_no_heir_and_no_succession() -> None:
    room = attendance("ann")
    room.leave(ConnectionId("cann"), Micros(10))
    assert room.succession_at() is None
    assert room.heir() is None


def test_silence_is_counted_from_the_last_listener_on() -> None:
    room = attendance("ann", "bob")
    room.set_sound(ConnectionId("cann"), Micros(5), sound=False)
    since = [room.silent_since]
    room.leave(ConnectionId("cbob"), Micros(7))
    since.append(room.silent_since)
    room.restart_silence(Micros(9))
    since.append(room.silent_since)
    room.set_sound(ConnectionId("cann"), Micros(11), sound=True)
    room.restart_silence(Micros(12))
    since.append(room.silent_since)
    assert since == [None, 7, 9, None]
