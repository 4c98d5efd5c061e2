from hathor_rt.ids import ConnectionId, DeviceId, PrincipalId, RoomId
from hathor_rt.rooms.attendance import Attendance
from hathor_rt.rooms.playing_quality import clock_error, playback_error, reports_of, round_trip, states
from hathor_rt.rooms.ports import Visitor
from sync.units import Micros
from sync.wire.frames import Report

ROOM = RoomId("r1")
REPORTS = (
    Report("r1", "in-step", playback_error=-400, clock_error=200, round_trip=30_000),
    Report("r1", "in-step", playback_error=300, clock_error=100, round_trip=10_000),
    Report("r1", "catching-up", playback_error=9_000, clock_error=900, round_trip=20_000),
    Report("r1", "loose", playback_error=0, clock_error=500, round_trip=5_000),
    Report("r1", "buffering", playback_error=70_000, clock_error=300, round_trip=1_000),
)


def test_listeners_are_counted_by_what_is_heard() -> None:
    assert states(REPORTS) == {"in-step": 2, "catching-up": 1, "loose": 1, "buffering": 1}


def test_only_who_follows_the_line_has_a_playback_error() -> None:
    assert playback_error(REPORTS) == {"0.5": 0.0004, "0.95": 0.009, "1": 0.009}


def test_who_knows_its_output_only_coarsely_has_no_say_in_it() -> None:
    coarse = Report("r1", "in-step", playback_error=100, coarse=True)
    assert playback_error((*REPORTS, coarse)) == playback_error(REPORTS)
    assert playback_error((coarse,)) == {}


def test_clocks_and_round_trips_are_told_of_everybody() -> None:
    assert clock_error(REPORTS) == {"0.5": 0.0003, "0.95": 0.0009, "1": 0.0009}
    assert round_trip(REPORTS) == {"0.5": 0.01, "0.95": 0.03, "1": 0.03}


def test_without_listeners_nothing_is_claimed() -> None:
    assert playback_error(()) == clock_error(()) == round_trip(()) == {}
    assert playback_error(REPORTS[3:]) == {}


def test_devices_without_sound_have_no_say() -> None:
    room = Attendance(ROOM)
    for number, sound in enumerate((True, False, True)):
        connection = ConnectionId(f"c{number}")
        visitor = Visitor(connection, PrincipalId("p"), DeviceId("d"), "Ada")
        room.join(visitor, "guest", Micros(0), sound=sound)
        if number < 2:
            room.report(connection, REPORTS[number], Micros(1))
    assert reports_of([room]) == (REPORTS[0],)
