"""What a device plays in a check: `web/client/tests/session/soundChecks.test.ts` asks the same of pages."""

from dataclasses import replace

import msgspec

from hathor_rt.headless.mark_track import Marking
from hathor_rt.headless.sound_checks import SoundChecks
from sync.units import Micros
from sync.wire.frames import SoundCheck

CLICKS = SoundCheck("r1", "clicks", "host", "Ana", 10_400_000, 40_400_000, [], 0, 0)
CHIRPS = SoundCheck("r1", "chirps", "host", "Ana", 10_000_000, 17_000_000, ["c9", "me"], 1_000_000, 3)
NONE = SoundCheck("r1", "none", "", "", 0, 0, [], 0, 0)


def frame_at(instant: Micros) -> float:
    """The output began at the room's tenth second."""
    return (instant - 10_000_000) * 0.048


def seated(connection: str = "me", epoch: str = "p") -> SoundChecks:
    checks = SoundChecks()
    checks.begin(connection, epoch)
    return checks


def at(checks: SoundChecks, seconds: float) -> Marking | None:
    return checks.marking(Micros(round(seconds * 1e6)), frame_at)


def sounds(marking: Marking | None) -> list[tuple[float, str]]:
    """Output second and sound of what is to come."""
    assert marking is not None
    return [(mark.frame / 48_000, mark.sound) for mark in marking.marks]


def test_without_a_check_there_is_music() -> None:
    checks = seated()
    assert at(checks, 10) is None
    checks.take(NONE)
    assert (at(checks, 10), checks.silence(), checks.kind) == (None, None, "")


def test_it_clicks_at_whole_seconds_until_the_check_ends_by_itself() -> None:
    checks = seated()
    checks.take(CLICKS)
    assert sounds(at(checks, 9)) == [(1, "click")]
    assert sounds(at(checks, 12.6)) == [(3, "click"), (4, "click"), (5, "click")]
    before = at(checks, 39.9)
    assert before is not None
    assert (sounds(before), before.until / 48_000) == ([(30, "click")], 30.4)
    assert at(checks, 40.4) is None


def test_it_chirps_in_its_slots_alone() -> None:
    checks = seated()
    checks.take(CHIRPS)
    assert sounds(at(checks, 10)) == [(1, "falling")]
    assert sounds(at(checks, 12.6)) == [(3, "falling"), (5, "falling")]


def test_whoever_listens_is_silent_and_whoever_is_not_asked_plays_on() -> None:
    listens, plays_on = seated("host"), seated("c7")
    for checks in (listens, plays_on):
        checks.take(CHIRPS)
    assert sounds(at(listens, 10)) == []
    assert at(plays_on, 10) is None


def test_people_are_told_what_is_heard() -> None:
    checks = seated()
    kinds = [checks.kind]
    for check in (CLICKS, CHIRPS, NONE):
        checks.take(check)
        kinds.append(checks.kind)
    assert kinds == ["", "clicks", "chirps", ""]


def test_the_newest_check_holds() -> None:
    checks = seated()
    checks.take(CLICKS)
    first = at(checks, 10)
    checks.take(CHIRPS)
    second = at(checks, 10)
    assert first is not None
    assert second is not None
    assert first.check != second.check
    checks.take(NONE)
    assert at(checks, 10) is None


def test_one_that_does_not_concern_it_ends_the_one_before() -> None:
    checks = seated()
    checks.take(CLICKS)
    checks.take(msgspec.structs.replace(CHIRPS, devices=["c8", "c9"]))
    assert at(checks, 10) is None


def test_over_a_lost_connection_it_goes_on_and_told_again_it_is_the_same() -> None:
    checks = seated()
    checks.take(CLICKS)
    before = at(checks, 12)
    checks.begin("me2", "p")
    checks.take(CLICKS)
    assert at(checks, 12) == before
    checks.begin("me3", "p")
    assert at(checks, 50) is None, "nobody had to say so"


def test_a_measurement_does_not_know_a_device_that_came_back() -> None:
    checks = seated()
    checks.take(CHIRPS)
    checks.begin("me2", "p")
    assert sounds(at(checks, 10)) == [(1, "falling")]
    checks.take(CHIRPS)
    assert at(checks, 10) is None


def test_on_another_timebase_its_instants_mean_nothing() -> None:
    checks = seated()
    checks.take(CLICKS)
    checks.begin("me2", "q")
    assert at(checks, 12) is None


def test_while_no_instant_can_be_told_there_is_silence() -> None:
    checks = seated()
    checks.take(CLICKS)
    silence, later = checks.silence(), at(checks, 12)
    assert silence is not None
    assert silence.marks == ()
    assert later is not None
    assert silence == replace(later, until=silence.until, marks=())
