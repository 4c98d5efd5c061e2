import pytest

from hathor_rt.ids import PrincipalId
from hathor_rt.refusals import TooMany
from hathor_rt.rooms.vibe_rights import MOST_TURNS, RESET_HOLDS, TURNS_WITHIN, VibeRights
from sync.units import Micros

HANA, GABE, IDA = PrincipalId("hana"), PrincipalId("gabe"), PrincipalId("ida")


def test_a_guest_turns_so_often_a_minute_and_takes_nothing_from_others() -> None:
    rights = VibeRights()
    for number in range(MOST_TURNS):
        rights.allow(GABE, "guest", Micros(number))
    with pytest.raises(TooMany):
        rights.allow(GABE, "guest", Micros(TURNS_WITHIN - 1))
    rights.allow(IDA, "guest", Micros(TURNS_WITHIN - 1))
    rights.allow(GABE, "guest", TURNS_WITHIN)


def test_a_host_turns_without_end() -> None:
    rights = VibeRights()
    for number in range(2 * MOST_TURNS):
        rights.allow(HANA, "host", Micros(number))


def test_after_a_reset_guests_let_go_and_hosts_go_on() -> None:
    rights = VibeRights()
    rights.reset(Micros(7))
    rights.allow(HANA, "host", Micros(8))
    with pytest.raises(TooMany):
        rights.allow(GABE, "guest", Micros(RESET_HOLDS + 6))
    rights.allow(GABE, "guest", Micros(RESET_HOLDS + 7))
