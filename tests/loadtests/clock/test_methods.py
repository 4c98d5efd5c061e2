import pytest

from loadtests.clock.delays import jitter
from loadtests.clock.methods.line_up import METHODS, OURS
from loadtests.clock.methods.method import Method
from loadtests.clock.networks import NETWORK_OF, Network
from loadtests.clock.trial import attempt
from loadtests.clock.truth import life
from sync.clock.exchange import Exchange
from sync.units import Micros

SECOND = 1_000_000
OFFSET = 7 * SECOND

STEADY = Network("steady", "no delay differs from another", jitter(1.0, 1e-6), jitter(1.0, 1e-6))


def converse(method: Method, seconds: int, up: int = 1_000, down: int = 1_000, offset: int = OFFSET) -> int:
    """Let `method` probe a server over ways of fixed length; returns the number of probes."""
    now = Micros(0)
    count = 0
    while (now := Micros(max(now, method.next_at(now)))) < seconds * SECOND:
        exchange = Exchange(now, Micros(now + up + offset), Micros(now + up + offset), Micros(now + up + down))
        method.sent(now)
        method.heard(exchange)
        count += 1
    return count


@pytest.mark.parametrize("name", METHODS)
def test_nothing_is_known_before_the_first_reply_and_the_offset_after_some(name: str) -> None:
    method = METHODS[name](Micros(1), 1, Micros(0))
    assert method.offset_at(Micros(0)) is None
    assert method.bound_at(Micros(0)) is None
    converse(method, 30)
    offset = method.offset_at(Micros(30 * SECOND))
    # A clock of whole milliseconds is off by as much.
    assert offset == pytest.approx(OFFSET, abs=1_000 if name == "jellyfin" else 5)


@pytest.mark.parametrize("name", METHODS)
def test_a_lopsided_path_misleads_every_method_alike(name: str) -> None:
    method = METHODS[name](Micros(1), 1, Micros(0))
    converse(method, 30, up=9_000, down=1_000)
    offset = method.offset_at(Micros(30 * SECOND))
    assert offset == pytest.approx(OFFSET + 4_000, abs=1_000 if name == "jellyfin" else 60)


@pytest.mark.parametrize("name", METHODS)
def test_after_waking_it_starts_over(name: str) -> None:
    method = METHODS[name](Micros(1), 1, Micros(0))
    converse(method, 30)
    method.woke(Micros(30 * SECOND))
    assert method.next_at(Micros(30 * SECOND)) <= 30 * SECOND
    if name != OURS:
        assert method.offset_at(Micros(30 * SECOND)) is None


# Probes in ten minutes, from the descriptions.
CADENCES = {"snapcast": 649, "jellyfin": 13, "ntp": 81, "beatsync": 508, "shairport": 202, "cristian": 578}


@pytest.mark.parametrize(("name", "expected"), CADENCES.items())
def test_they_probe_as_often_as_described(name: str, expected: int) -> None:
    assert converse(METHODS[name](Micros(1), 1, Micros(0)), 600) == pytest.approx(expected, rel=0.02)


def test_ours_probes_less_than_sendspin_and_asks_for_more_after_a_jump() -> None:
    ours = METHODS[OURS](Micros(1), 1, Micros(0))
    assert converse(ours, 600) <= 350
    assert converse(METHODS["sendspin"](Micros(1), 1, Micros(0)), 600) > 400


def test_only_ours_certifies_how_far_off_it_can_be() -> None:
    outcomes = {name: attempt(life(STEADY, 1, 1, 40.0), make) for name, make in METHODS.items()}
    assert [name for name, outcome in outcomes.items() if outcome.bounds] == [OURS]


@pytest.mark.slow
def test_ours_is_nearest_on_every_kind_of_network() -> None:
    for name in ("lan", "wifi_busy", "bufferbloat", "lossy_tcp"):
        device = life(NETWORK_OF[name], 1, 100, 200.0)
        squares = {
            method: sum(error * error for error in attempt(device, make).errors) for method, make in METHODS.items()
        }
        assert min(squares, key=lambda method: squares[method]) == OURS
