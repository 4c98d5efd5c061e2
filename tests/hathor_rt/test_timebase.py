import subprocess
import sys
import time

import pytest

from hathor_rt.ids import is_id
from hathor_rt.timebase import MonotonicTimebase


def test_the_clock_is_the_monotonic_one_in_microseconds() -> None:
    timebase = MonotonicTimebase()
    before = time.monotonic_ns() // 1_000
    now = timebase.now()
    after = time.monotonic_ns() // 1_000
    assert before <= now <= after


def test_the_clock_never_goes_back() -> None:
    timebase = MonotonicTimebase()
    instants = [timebase.now() for _ in range(10_000)]
    assert instants == sorted(instants)


def test_every_timebase_has_a_name_of_its_own() -> None:
    first, second = MonotonicTimebase(), MonotonicTimebase()
    assert is_id(first.epoch)
    assert first.epoch == first.epoch != second.epoch


def test_a_stamp_is_one_moment_on_all_clocks() -> None:
    timebase = MonotonicTimebase()
    earlier = (timebase.now(), time.time_ns() // 1_000)
    stamp = timebase.stamp()
    later = (timebase.now(), time.time_ns() // 1_000)
    assert earlier[0] <= stamp.monotonic_at <= later[0]
    assert earlier[1] <= stamp.utc_at <= later[1]
    assert stamp.boot_id == timebase.stamp().boot_id


@pytest.mark.slow
def test_processes_of_one_boot_share_boot_and_clock() -> None:
    program = (
        "from hathor_rt.timebase import MonotonicTimebase; stamp = MonotonicTimebase().stamp(); "
        "print(stamp.boot_id, stamp.monotonic_at)"
    )
    before = MonotonicTimebase().stamp()
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60).stdout.decode()
    boot_id, monotonic_at = told.split()
    after = MonotonicTimebase().stamp()
    assert boot_id == before.boot_id
    assert before.monotonic_at <= int(monotonic_at) <= after.monotonic_at
