import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.timeline.lead import DEFAULT_LIMITS, LeadLimits, quantile, start_lead
from sync.units import Micros
from sync.wire.frames import Report
from tests.vectors import make_timeline

VECTORS = Path(__file__).parents[2] / "vectors"


@dataclass(frozen=True, slots=True)
class Listener:
    round_trip: int
    lead_needed: int = 30_000


def test_a_room_without_reports_gets_the_shortest_lead() -> None:
    assert start_lead([]) == 150_000


def test_listeners_at_home_get_the_shortest_lead() -> None:
    assert start_lead([Listener(2_000), Listener(5_000)]) == 150_000


def test_mobile_listeners_with_bluetooth_get_what_they_need() -> None:
    # 0.75 · 200 ms + 60 ms + 120 ms: of the 250 ms of the headphones the group waits for 120.
    assert start_lead([Listener(200_000, 250_000)]) == 330_000


def test_the_lead_is_never_longer_than_people_accept() -> None:
    limits = LeadLimits(shortest=Micros(1), longest=Micros(300_000), output=Micros(120_000))
    assert start_lead([Listener(290_000, 500_000)], limits) == 300_000


def test_one_hopeless_device_does_not_slow_the_room() -> None:
    assert start_lead([Listener(3_000_000), Listener(2_000)]) == 150_000
    assert start_lead([Listener(3_000_000)]) == 1_000_000


def test_one_slow_device_among_twenty_does_not_slow_the_room() -> None:
    assert start_lead([Listener(900_000)] + [Listener(20_000)] * 19) == 150_000


def test_slow_speakers_delay_nobody() -> None:
    at_home = [Listener(5_000)] * 2
    bluetooth, radio = Listener(5_000, 300_000), Listener(5_000, 2_000_000)
    # 4 + 60 + 120 ms: the group waits for a part of the Bluetooth speaker's 300 ms, and never for more.
    assert start_lead([*at_home, bluetooth]) == 183_750
    assert start_lead([*at_home, radio]) == 183_750
    assert start_lead([*at_home, bluetooth, radio]) == 183_750
    assert start_lead([*at_home * 4, bluetooth]) == 150_000


def test_devices_that_have_not_measured_yet_do_not_pretend_to_be_near() -> None:
    assert start_lead([Listener(0)] * 50 + [Listener(400_000, 0)]) == 390_000


def test_a_negative_offset_needs_less() -> None:
    assert start_lead([Listener(400_000, -40_000)]) == 320_000


def test_the_frames_of_the_wire_are_reports() -> None:
    assert start_lead([Report("room", "in-step", round_trip=200_000, lead_needed=30_000)]) == 240_000


@given(st.lists(st.builds(Listener, st.integers(0, 10**7), st.integers(-(10**6), 5 * 10**6)), max_size=30))
def test_every_room_gets_a_lead_within_the_limits(room: list[Listener]) -> None:
    assert DEFAULT_LIMITS.shortest <= start_lead(room) <= DEFAULT_LIMITS.longest


@given(st.lists(st.integers(), min_size=1, max_size=50), st.integers(1, 100))
def test_a_quantile_is_the_least_value_that_enough_do_not_exceed(values: list[int], percent: int) -> None:
    found = quantile(values, percent)
    assert sum(value <= found for value in values) * 100 >= len(values) * percent
    assert sum(value < found for value in values) * 100 < len(values) * percent


@pytest.mark.parametrize("case", make_timeline.leads()[:5])
def test_leads_do_not_depend_on_the_order_of_reports(case: dict[str, list[list[int]]]) -> None:
    room = [Listener(*report) for report in case["reports"]]
    assert start_lead(reversed(room)) == start_lead(room)


def test_leads_are_as_in_the_shared_vectors() -> None:
    assert json.loads((VECTORS / "timeline_lead.json").read_text()) == make_timeline.leads()
