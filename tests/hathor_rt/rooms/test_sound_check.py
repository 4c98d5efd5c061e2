"""Sound checks as people meet them: through the room's core."""

from dataclasses import replace

import pytest

from hathor_rt.ids import ConnectionId
from hathor_rt.rooms.effects import Tick
from hathor_rt.rooms.events import Departed, Joined
from hathor_rt.rooms.sound_check import APPLIED_WITHIN, CLICKS_FOR, HUSH, MOST_STARTS, ROUNDS, SLOT
from sync.wire.frames import (
    Adjust,
    Adjusted,
    Done,
    Entered,
    Order,
    Participant,
    People,
    Refused,
    SoundCheck,
    StartChirps,
    StartClicks,
    StopCheck,
)
from tests.fakes.core_stage import FRIDAY, Device, Stage, sent

NONE = SoundCheck("r1", "none", "", "", 0, 0, [], 0, 0)
SECOND = 1_000_000


def come(stage: Stage, name: str, role: str = "guest", *, sound: bool = True, checks: bool = True) -> Device:
    device = stage.device(name)
    stage.do(Joined(replace(device.visitor, checks=checks), role, sound))
    return device


def two(stage: Stage) -> tuple[Device, Device]:
    return come(stage, "hana", "host"), come(stage, "gabe")


def code(tick: Tick) -> str:
    return sent(tick, Refused)[0].code


def measure(stage: Stage, by: Device, *devices: Device) -> Tick:
    return stage.do(by.asks(StartChirps([each.connection for each in devices]), 7))


# ── clicks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_clicks_start_on_all_devices_that_understand_them() -> None:
    stage = Stage()
    host, guest = two(stage)
    old = come(stage, "olga", checks=False)
    tick = stage.do(host.asks(StartClicks(), 3))
    assert sent(tick, Done, host) == [Done("r1", 3)]
    check = sent(tick, SoundCheck, host)[0]
    assert (check.kind, check.by, check.name) == ("clicks", "chana", "Hana")
    assert check.starts_at > stage.now
    assert check.ends_at - check.starts_at == CLICKS_FOR
    assert sent(tick, SoundCheck, guest) == [check]
    assert sent(tick, SoundCheck, old) == []


def test_they_end_by_themselves() -> None:
    stage = Stage()
    host, guest = two(stage)
    check = sent(stage.do(host.asks(StartClicks())), SoundCheck, host)[0]
    assert stage.core.wake_at() == check.ends_at
    stage.wait((check.ends_at - stage.now - 1) / SECOND)
    assert sent(stage.do(), SoundCheck) == []
    stage.wait(0.001)
    assert sent(stage.do(), SoundCheck, guest) == [NONE]
    assert sent(stage.do(), SoundCheck) == []


def test_who_comes_later_takes_part_and_who_was_away_learns_that_it_is_over() -> None:
    stage = Stage()
    host, _ = two(stage)
    check = sent(stage.do(host.asks(StartClicks())), SoundCheck, host)[0]
    late = stage.device("lea")
    tick = stage.do(Joined(replace(late.visitor, checks=True), "guest", sound=True))
    assert sent(tick, SoundCheck, late) == [check]
    assert sent(tick, SoundCheck, host) == []
    stage.do(Departed(late.connection), host.asks(StopCheck()))
    assert sent(stage.do(Joined(replace(late.visitor, checks=True), "guest", sound=True)), SoundCheck, late) == [NONE]


def test_who_started_them_may_leave_or_lose_the_right_and_they_go_on_or_are_stopped() -> None:
    stage = Stage(replace(FRIDAY, guests_control=True))
    host, guest = two(stage)
    stage.do(guest.asks(StartClicks()))
    tick = stage.go(guest)
    assert sent(tick, SoundCheck) == []
    assert sent(stage.do(host.asks(StopCheck())), SoundCheck, host) == [NONE]


def test_a_stop_without_a_check_is_done_and_tells_nobody() -> None:
    stage = Stage()
    host, _ = two(stage)
    tick = stage.do(host.asks(StopCheck(), 4))
    assert sent(tick, Done) == [Done("r1", 4)]
    assert sent(tick, SoundCheck) == []


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "order", [StartClicks(), StartChirps(["chana", "cgabe"]), StopCheck(), Adjust("chana", 1)], ids=str
)
def test_guests_may_not_where_they_do_not_control(order: Order) -> None:
    stage = Stage()
    host, guest = two(stage)
    stage.do(host.asks(StartClicks()))
    tick = stage.do(guest.asks(order, 5))
    assert sent(tick, Refused, guest)[0].seq == 5
    assert code(tick) == "not-allowed"
    assert sent(tick, SoundCheck) == []


def test_guests_may_where_they_control_and_their_rights_say_so() -> None:
    stage = Stage(replace(FRIDAY, guests_control=True))
    host, guest = two(stage)
    other = stage.device("otto")
    tick = stage.do(Joined(other.visitor, "guest", sound=True))
    assert "calibrate" in sent(tick, Entered, other)[0].may
    assert sent(stage.do(guest.asks(StartClicks())), SoundCheck, host)[0].by == guest.connection
    assert sent(stage.do(other.asks(StopCheck())), SoundCheck, host) == [NONE]


def test_one_who_may_no_more_still_stops_what_was_theirs() -> None:
    stage = Stage(replace(FRIDAY, guests_control=True))
    _, guest = two(stage)
    stage.do(guest.asks(StartClicks()))
    stage.core.record = FRIDAY
    assert sent(stage.do(guest.asks(StopCheck())), SoundCheck, guest) == [NONE]
    assert code(stage.do(guest.asks(StartClicks()))) == "not-allowed"


def test_there_is_one_at_a_time() -> None:
    stage = Stage()
    host, guest = two(stage)
    stage.do(host.asks(StartClicks()))
    assert code(stage.do(host.asks(StartClicks()))) == "check-running"
    assert code(measure(stage, host, host, guest)) == "check-running"


def test_many_within_a_minute_are_refused_until_it_is_over() -> None:
    stage = Stage()
    host, _ = two(stage)
    for _ in range(MOST_STARTS):
        assert sent(stage.do(host.asks(StartClicks()), host.asks(StopCheck())), Refused) == []
        stage.wait(5)
    assert code(stage.do(host.asks(StartClicks()))) == "too-many"
    stage.wait(60 - 5 * MOST_STARTS)
    assert sent(stage.do(host.asks(StartClicks())), Refused) == []


# ── chirps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_chirps_have_slots_enough_for_every_device_and_round() -> None:
    stage = Stage()
    host, guest = two(stage)
    check = sent(measure(stage, host, host, guest), SoundCheck, guest)[0]
    assert (check.kind, check.by, check.devices) == ("chirps", "chana", ["chana", "cgabe"])
    assert (check.slot, check.rounds) == (SLOT, ROUNDS)
    assert check.starts_at >= stage.now + HUSH
    assert check.ends_at == check.starts_at + (2 * ROUNDS + 1) * SLOT


@pytest.mark.parametrize(
    ("devices", "refused"),
    [
        (["chana"], "bad-request"),
        (["chana", "chana"], "bad-request"),
        ([f"c{number}" for number in range(13)], "bad-request"),
        (["chana", "cnobody"], "unknown-device"),
        (["chana", "csilent"], "unknown-device"),
        (["chana", "colga"], "unknown-device"),
    ],
)
def test_only_devices_that_can_be_heard_are_measured(devices: list[str], refused: str) -> None:
    stage = Stage()
    host, _ = two(stage)
    come(stage, "silent", sound=False)
    come(stage, "olga", checks=False)
    assert code(stage.do(host.asks(StartChirps(devices)))) == refused
    assert sent(stage.do(host.asks(StartClicks())), Refused) == []


def test_without_its_microphone_a_measurement_is_over_without_others_it_goes_on() -> None:
    stage = Stage()
    host, guest = two(stage)
    other = come(stage, "otto")
    measure(stage, host, host, guest, other)
    assert sent(stage.go(other), SoundCheck) == []
    assert sent(stage.go(host), SoundCheck, guest) == [NONE]


def test_presence_tells_who_takes_part() -> None:
    stage = Stage()
    host = come(stage, "hana", "host")
    old = stage.device("olga")
    told: list[Participant] = sent(stage.do(Joined(old.visitor, "guest", sound=True)), People, old)[0].present
    assert {each.connection: each.checks for each in told} == {host.connection: True, old.connection: False}


# ── what was found ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_measured_tells_each_device_once_what_was_found() -> None:
    stage = Stage()
    host, guest = two(stage)
    measure(stage, host, host, guest)
    tick = stage.do(host.asks(Adjust("cgabe", -120_000), 8))
    assert sent(tick, Adjusted, guest) == [Adjusted("r1", "chana", "Hana", -120_000)]
    assert sent(tick, Adjusted, host) == []
    assert sent(tick, Done, host) == [Done("r1", 8)]
    assert code(stage.do(host.asks(Adjust("cgabe", -120_000)))) == "unknown-device"
    assert sent(stage.do(host.asks(Adjust("chana", 5))), Adjusted, host) == [Adjusted("r1", "chana", "Hana", 5)]


def test_nobody_adjusts_without_having_measured() -> None:
    stage = Stage(replace(FRIDAY, guests_control=True))
    host, guest = two(stage)
    assert code(stage.do(host.asks(Adjust("cgabe", 1)))) == "not-allowed"
    measure(stage, host, host, guest)
    assert code(stage.do(guest.asks(Adjust("chana", 1)))) == "not-allowed"
    stage.do(host.asks(StopCheck()))
    other = come(stage, "otto")
    assert code(stage.do(host.asks(Adjust(other.connection, 1)))) == "unknown-device"
    assert code(stage.do(host.asks(Adjust("cgabe", 6_000_001)))) == "bad-request"
    stage.wait(APPLIED_WITHIN / SECOND + 60)
    assert code(stage.do(host.asks(Adjust("cgabe", 1)))) == "not-allowed"


def test_what_was_found_goes_with_who_found_it_and_with_whom_it_concerns() -> None:
    stage = Stage()
    host, guest = two(stage)
    measure(stage, host, host, guest)
    stage.go(guest)
    back = stage.device("gabe", "cgabe2")
    stage.do(Joined(replace(back.visitor, checks=True), "guest", sound=True))
    assert code(stage.do(host.asks(Adjust("cgabe", 1)))) == "unknown-device"
    assert code(stage.do(host.asks(Adjust("cgabe2", 1)))) == "unknown-device"
    stage.go(host)
    again = stage.device("hana")
    stage.do(Joined(replace(again.visitor, checks=True), "host", sound=True))
    assert ConnectionId("chana") == again.connection
    assert code(stage.do(again.asks(Adjust("cgabe2", 1)))) == "not-allowed"
