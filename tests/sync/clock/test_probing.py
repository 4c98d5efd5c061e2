import itertools
import json
from pathlib import Path

import pytest

from sync.clock.probing import LEARNING, MOST_UNDER_WAY, PATIENCE, REFRESHING, ProbePlan
from sync.units import Micros
from tests.vectors import make_clock

VECTORS = Path(__file__).parents[2] / "vectors"

SECOND = 1_000_000
BURST_LENGTH = 12 * 40_000 + 8 * 250_000 + REFRESHING * SECOND
FIRST_BURST_LENGTH = 12 * 40_000 + 8 * 250_000 + LEARNING * SECOND
FIRST_BURST = 12 + 8 + LEARNING


def live(plan: ProbePlan, begin: int, end: int, bound: int = 1_000) -> list[int]:
    """Instants of the probes sent in a world where every probe is answered at once."""
    found = []
    now = Micros(begin)
    while (now := Micros(max(now, plan.next_at(now)))) < end:
        found.append(int(now))
        plan.answered(plan.sent(now), Micros(bound))
    return found


def gaps(instants: list[int]) -> list[int]:
    return [after - before for before, after in itertools.pairwise(instants)]


def test_a_join_begins_with_a_burst() -> None:
    plan = ProbePlan(1, Micros(500))
    instants = live(plan, 500, 500 + FIRST_BURST_LENGTH)
    assert instants[0] == 500
    assert gaps(instants) == [40_000] * 12 + [250_000] * 8 + [SECOND] * (LEARNING - 1)


def test_what_a_jump_interrupts_is_made_up_for_and_not_begun_anew() -> None:
    plan = ProbePlan(1, Micros(0))
    # 30 gaps of a second have passed when the clock jumps.
    seen = len(live(plan, 0, FIRST_BURST_LENGTH - 10 * SECOND + 1))
    assert seen == FIRST_BURST - 10 + 1
    jump = FIRST_BURST_LENGTH - 10 * SECOND + 1
    plan.reconnected(Micros(jump))
    assert gaps(live(plan, jump, jump + 13 * SECOND)).count(SECOND) >= 9


@pytest.mark.parametrize("seed", range(20))
def test_steady_probing_stays_below_35_a_minute(seed: int) -> None:
    plan = ProbePlan(seed, Micros(0))
    live(plan, 0, 60 * SECOND)
    for minute in range(1, 30):
        assert 20 <= len(live(plan, minute * 60 * SECOND, (minute + 1) * 60 * SECOND)) <= 36
    ten_minutes = live(plan, 1800 * SECOND, 2400 * SECOND)
    assert len(ten_minutes) <= 350


def test_steady_probes_come_in_pairs_four_seconds_apart_give_or_take_a_quarter() -> None:
    plan = ProbePlan(3, Micros(0))
    between = gaps(live(plan, 0, 600 * SECOND))[FIRST_BURST + 1 :]
    pauses = between[1::2] if between[0] == 30_000 else between[::2]
    assert set(between) - set(pauses) == {30_000}
    assert 3 * SECOND <= min(pauses) < 3.2 * SECOND
    assert 4.8 * SECOND < max(pauses) <= 5 * SECOND


def test_devices_with_other_seeds_do_not_probe_together() -> None:
    one, other = (live(ProbePlan(seed, Micros(0)), 0, 300 * SECOND) for seed in (1, 2))
    assert not {instant for instant in one if instant > 60 * SECOND} & set(other)


def test_the_same_seed_gives_the_same_plan() -> None:
    assert live(ProbePlan(9, Micros(0)), 0, 100 * SECOND) == live(ProbePlan(9, Micros(0)), 0, 100 * SECOND)


def test_a_paused_room_is_probed_sparsely_and_playing_brings_a_pair_at_once() -> None:
    plan = ProbePlan(3, Micros(0))
    live(plan, 0, 50 * SECOND)
    plan.rest()
    assert len(live(plan, 60 * SECOND, 360 * SECOND)) <= 62
    plan.play(Micros(360 * SECOND))
    again = live(plan, 360 * SECOND, 361 * SECOND)
    assert again == [360 * SECOND, 360 * SECOND + 30_000]


def test_resting_does_not_cut_a_burst_short() -> None:
    plan = ProbePlan(3, Micros(0))
    plan.rest()
    assert len(live(plan, 0, FIRST_BURST_LENGTH)) == FIRST_BURST
    plan.burst(Micros(FIRST_BURST_LENGTH))
    plan.play(Micros(FIRST_BURST_LENGTH))
    assert len(live(plan, FIRST_BURST_LENGTH, FIRST_BURST_LENGTH + BURST_LENGTH)) == 28


def test_a_jump_asks_for_another_burst_at_once() -> None:
    plan = ProbePlan(3, Micros(0))
    live(plan, 0, 60 * SECOND)
    plan.burst(Micros(60 * SECOND))
    assert len(live(plan, 60 * SECOND, 60 * SECOND + BURST_LENGTH)) == 28


def test_a_bound_that_widened_is_probed_twice_as_often_for_a_while() -> None:
    plan = ProbePlan(3, Micros(0))
    live(plan, 0, 60 * SECOND)
    calm = len(live(plan, 60 * SECOND, 80 * SECOND))
    worse = len(live(plan, 80 * SECOND, 100 * SECOND, bound=9_000))
    assert worse >= 1.6 * calm
    live(plan, 100 * SECOND, 400 * SECOND, bound=9_000)
    assert len(live(plan, 400 * SECOND, 460 * SECOND, bound=9_000)) <= 36


def test_replies_are_believed_once_and_only_to_probes_under_way() -> None:
    plan = ProbePlan(3, Micros(0))
    seq = plan.sent(Micros(0))
    assert plan.is_under_way(seq)
    assert plan.answered(seq, Micros(1))
    assert not plan.is_under_way(seq)
    assert not plan.answered(seq, Micros(1))
    assert not plan.answered(99, Micros(1))


def test_probes_without_answer_lapse_and_are_told_once() -> None:
    plan = ProbePlan(3, Micros(0))
    first, second = plan.sent(Micros(0)), plan.sent(Micros(5))
    assert plan.lapsed(Micros(PATIENCE - 1)) == ()
    assert plan.lapsed(PATIENCE) == (first,)
    assert plan.lapsed(Micros(PATIENCE + 5)) == (second,)
    assert not plan.answered(first, Micros(1))


def test_a_dead_link_is_not_flooded() -> None:
    plan = ProbePlan(3, Micros(0))
    for _ in range(MOST_UNDER_WAY):
        plan.sent(plan.next_at(Micros(0)))
    assert plan.next_at(Micros(700_000)) == PATIENCE
    plan.lapsed(PATIENCE)
    assert plan.next_at(PATIENCE) <= PATIENCE


def test_a_new_socket_does_not_wait_for_replies_to_the_old_one() -> None:
    plan = ProbePlan(3, Micros(0))
    old = [plan.sent(Micros(index)) for index in range(MOST_UNDER_WAY)]
    plan.reconnected(Micros(SECOND))
    assert plan.next_at(Micros(SECOND)) == SECOND
    assert not plan.answered(old[0], Micros(1))
    assert plan.sent(Micros(SECOND)) == MOST_UNDER_WAY + 1


def test_plans_are_as_in_the_shared_vectors() -> None:
    assert json.loads((VECTORS / "clock_probing.json").read_text()) == make_clock.plans()
