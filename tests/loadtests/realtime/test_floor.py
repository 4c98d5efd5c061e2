"""The floor is measured on real sockets: what came, and what sending it cost."""

from loadtests.realtime.floor import floor


def test_the_floor_counts_what_came_and_what_it_cost() -> None:
    found = floor(5, 100, 200, 0.3)
    assert found.deliveries >= 5
    assert found.micros_per_delivery > 0
