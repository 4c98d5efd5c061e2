import itertools

from hathor_rt.observations import Distribution, Observations


def test_a_distribution_counts_between_bounds_that_belong_to_the_lower_side() -> None:
    times = Distribution((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 1.0, 7.0):
        times.note(seconds)
    assert times.counts == [2, 2, 1]
    assert times.count == 5
    assert abs(times.total - 8.65) < 1e-9


def test_bounds_reach_from_microseconds_to_hanging_disks() -> None:
    bounds = Observations().accept.bounds
    assert bounds[0] <= 0.00002
    assert bounds[-1] >= 5
    assert all(low < high <= 3 * low for low, high in itertools.pairwise(bounds))


async def test_a_gauge_looks_when_asked() -> None:
    seen, rooms = Observations(), ["a"]
    seen.look_at("rooms", "Open rooms.", lambda: len(rooms))
    rooms.append("b")
    assert await seen.gauges[0].read() == {"": 2}
