"""Hostile clients against the real server: the short form of ``make fuzz``, always with the same seed."""

from collections.abc import Callable

import pytest

from loadtests.fuzz.attacks import ATTACKS
from loadtests.fuzz.crash import crashes
from loadtests.fuzz.siege import UNMETERED, siege
from tests.end_to_end.server_process import ServerProcess

pytestmark = pytest.mark.slow
COUNTS = {
    "damaged updates": 400,
    "senseless updates": 200,
    "bombs": 1,
    "updates that wait for ever": 4,
    "taking everything away": 1,
    "garbage messages": 12,
    "state vectors": 1,
    "huge messages": 1,
    "half-open connections": 2,
    "raw noise": 5,
    "forged presence": 1,
    "presence flood": 40,
}


async def test_hostile_clients_harm_neither_the_server_nor_the_people_in_the_room(
    make_server: Callable[..., ServerProcess],
) -> None:
    assert set(COUNTS) == set(ATTACKS)
    server = make_server(**UNMETERED).start()
    survived = await siege(server, COUNTS, seed=1, most_megabytes=64)
    assert [each.attack for each in survived] == list(COUNTS)
    assert "Traceback" not in server.log()


async def test_no_acknowledged_edit_is_lost_when_the_server_is_killed_again_and_again(
    make_server: Callable[..., ServerProcess],
) -> None:
    server = make_server(**UNMETERED).start()
    endured = await crashes(server, kills=5, seed=1)
    assert endured.acknowledged > 50
