from loadtests.insync.frame_clock import fitted
from loadtests.insync.pulse import RATE

BLOCK = RATE // 50


def test_blocks_that_come_ahead_of_time_are_set_right() -> None:
    # A block of 20 ms is written when its first frame sounds.
    instants = [1_000 + 0.0013 * number for number in range(200)]
    written = [(int((at - 1_000) * RATE) // BLOCK + 1) * BLOCK for at in instants]
    clock = fitted(instants, written)
    # Just before a block comes, what was written last is what sounds.
    assert abs(clock.frame_at(1_000.1) - 0.1 * RATE) < 0.003 * RATE
    assert clock.frame_at(1_001) - clock.frame_at(1_000) == RATE


def test_one_moment_in_which_the_recorder_was_held_up_does_not_count() -> None:
    instants = [0.002 * number for number in range(150)]
    written = [round(at * RATE) for at in instants]
    written[70:75] = [written[70] - RATE // 10] * 5
    assert abs(fitted(instants, written).frame_at(0.2) - 0.2 * RATE) < 0.002 * RATE
