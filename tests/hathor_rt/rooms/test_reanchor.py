from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.rooms.reanchor import instant_of_utc, shift_between
from hathor_rt.timebase import StoredInstant
from sync.units import Micros

instants = st.integers(0, 10**15)


def test_on_the_same_boot_nothing_moves_even_if_the_wall_clock_was_set() -> None:
    before = StoredInstant("boot", Micros(5_000), Micros(1_000_000))
    assert shift_between(before, StoredInstant("boot", Micros(9_000), Micros(77))) == 0


@given(instants, instants, instants, st.integers(0, 10**12))
def test_after_a_reboot_the_same_wall_clock_time_is_the_same_moment(was: int, utc: int, now: int, elapsed: int) -> None:
    before = StoredInstant("boot1", Micros(was), Micros(utc))
    after = StoredInstant("boot2", Micros(now), Micros(utc + elapsed))
    shift = shift_between(before, after)
    assert was + shift == now - elapsed
    assert instant_of_utc(Micros(utc), after) == was + shift
