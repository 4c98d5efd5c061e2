"""How a stored timebase lies beside the present one: exactly known on the same boot, by UTC otherwise."""

from hathor_rt.timebase import StoredInstant
from sync.units import Micros


def shift_between(stored: StoredInstant, now: StoredInstant) -> Micros:
    """What to add to an instant of the former timebase to get the same moment on the present one.

    On the same boot both are CLOCK_MONOTONIC: nothing. After a reboot only UTC connects them, as well as the machine kept it.
    """
    if stored.boot_id == now.boot_id:
        return Micros(0)
    return Micros((now.monotonic_at - now.utc_at) - (stored.monotonic_at - stored.utc_at))


def instant_of_utc(utc: Micros, now: StoredInstant) -> Micros:
    """The instant on the present timebase at which the wall clock showed `utc`."""
    return Micros(now.monotonic_at - (now.utc_at - utc))
