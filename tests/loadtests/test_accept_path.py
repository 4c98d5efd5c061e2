from dataclasses import fields

from loadtests.accept_path import Costs, load_nanoseconds, measure
from loadtests.edits import CASES


def test_every_part_is_measured() -> None:
    make, own = CASES["queue add"]
    costs = measure(make(2, 40), own, 20)
    assert all(getattr(costs, each.name) > 0 for each in fields(costs))
    assert load_nanoseconds(5) > 0


def test_the_lowest_is_taken_part_by_part() -> None:
    lowest = Costs.lowest([Costs(1, 9, 1, 9, 1, 9, 1, 9), Costs(9, 1, 9, 1, 9, 1, 9, 1)])
    assert lowest == Costs(1, 1, 1, 1, 1, 1, 1, 1)
    assert lowest.per_update(1).split() == ["0.0"] * 8
