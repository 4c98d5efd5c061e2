import pytest

from loadtests.insync.offsets import Offset
from loadtests.insync.phases import Fault, Phase
from loadtests.insync.pulse import RATE
from loadtests.insync.rows import row_of, settled, summary
from loadtests.insync.stalls import Stall
from loadtests.insync.synthetic import faster, hits, later, recording_of, signal, with_faded_step, with_gap
from loadtests.insync.tracks import Tracks


def offsets(*values: float) -> list[Offset]:
    """Fine windows from the beginning on."""
    return [Offset(0.125 + 0.05 * number, value, 1.0) for number, value in enumerate(values)]


def test_who_was_never_off_settles_at_once() -> None:
    assert settled(offsets(0.1, 0.2, 0.1), 0.0) == 0


def test_the_last_window_that_is_off_decides() -> None:
    # The windows at 0.05 and 0.1 are off; the one that begins at 0.15 is the first good one.
    assert settled(offsets(0.1, 5, -5, 0.3, 0.2), 0.0) == pytest.approx(0.15)
    assert settled(offsets(0.1, 5, -5, 0.3, 0.2), 0.05) == pytest.approx(0.1)


def test_windows_that_reach_back_before_the_end_of_the_fault_do_not_count() -> None:
    assert settled(offsets(40, 40, 0.1, 0.1), 0.1) == 0


def test_until_they_can_be_compared_they_are_apart() -> None:
    assert settled(offsets(0.1, 0.1, 0.1, 0.1)[3:], 0.0) == pytest.approx(0.1)


def test_who_stays_off_never_settles() -> None:
    assert settled(offsets(0.1, 5, 5), 0.0) is None
    assert settled([], 0.0) is None


def test_a_summary_of_nothing_is_nothing() -> None:
    assert summary([]) is None
    assert summary([1.0, 2.0, 3.0]) == (2.0, 2.9, 3.0)


@pytest.mark.slow
def test_a_phase_is_told_in_figures() -> None:
    sound = hits(8, seed=20)
    recording = recording_of(sound, later(sound, 1.5), with_gap(faster(sound, 50), 5, 40))
    phase = Phase("steady", RATE, 7 * RATE, began=101.0, ended=107.0, plot_from=96.0)
    row = row_of(recording, 3, phase, Tracks({"sound": signal(sound)}), [Stall(103, 0.03), Stall(90, 1.0)])
    assert (row.phase, row.seconds, row.from_start, row.stall_ms) == ("steady", 6.0, 5.0, 30.0)
    median = row.spread_ms[0] if row.spread_ms else 0
    assert 1.55 < median < 1.9
    assert row.silences_ms == [[], [], [40.0]]
    assert row.clicks[:2] == [0, 0]
    assert row.clicks[2] >= 1
    assert row.jumps_ms == [[], [], []]
    assert [rate for rate in row.rates_ppm if rate is not None] == pytest.approx([0, 0, 50], abs=2)
    assert row.windows[0] <= row.windows[1] == 23
    assert row.recovery is None


@pytest.mark.slow
def test_a_fault_of_one_is_told_apart_from_the_others() -> None:
    sound = hits(6, seed=21)
    victim = with_faded_step(with_faded_step(sound, 3, -960), 3.6, 960)
    recording = recording_of(sound, victim, later(sound, 0.4))
    phase = Phase("fault", RATE, 6 * RATE - RATE // 4, began=0, ended=5, fault=Fault(1, 3 * RATE, 3 * RATE))
    row = row_of(recording, 3, phase, Tracks({"sound": signal(sound)}), None)
    assert row.recovery is not None
    # 20 ms off from second 3 to 3.6; a window in which the old place is still the louder one comes later.
    assert row.recovery.settled_seconds is not None
    assert 0.4 < row.recovery.settled_seconds < 0.65
    assert row.recovery.before_ms == pytest.approx(0.4, abs=0.001)
    assert row.recovery.others_ms == pytest.approx(0.4, abs=0.001)
    assert row.recovery.others_defects == 0
    assert row.stall_ms is None
