from hathor_rt.headless.participant import Bearings
from hathor_rt.headless.player import PlayerStatus
from hathor_rt.headless.told import clock_face, sentence
from sync.units import Micros

SOUNDING = PlayerStatus(0, "in-step", "e1", "t1", 75.5 * 48_000, 123.4, 0, "e1", True)
NOTHING = PlayerStatus(0, "silent", "", "", 0, 0, 0, "", False)


def test_the_line_says_what_sounds_and_how_well() -> None:
    told = sentence("Friday", "Ilmar Vey – First Light", Bearings(True, SOUNDING, "", Micros(350), Micros(9_600)))
    assert told == (
        "Friday  ·  Ilmar Vey – First Light 1:15  ·  in-step  ·  error +0.12 ms, clock ± 0.35 ms  ·  round trip 9.6 ms"
    )


def test_without_a_connection_it_says_so() -> None:
    told = sentence("Friday", "", Bearings(False, NOTHING, "", Micros(10_000_000), Micros(0)))
    assert told == "Friday  ·  nothing sounds  ·  silent  ·  no connection, trying again"


def test_during_a_sound_check_it_says_what_is_heard_instead_of_the_music() -> None:
    told = sentence("Friday", "First Light", Bearings(True, SOUNDING, "clicks", Micros(350), Micros(9_600)))
    assert told.startswith("Friday  ·  sound check: clicks instead of the music  ·  error +0.12 ms")


def test_positions_read_like_a_clock() -> None:
    assert [clock_face(seconds * 48_000) for seconds in (0, 59.99, 60, 3_725)] == ["0:00", "0:59", "1:00", "62:05"]
