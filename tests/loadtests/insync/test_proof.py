import pytest

from loadtests.insync.proof import Claim, claims, proof_table
from loadtests.insync.pulse import RATE
from loadtests.insync.synthetic import faster, hits, with_faded_step, with_step

pytestmark = pytest.mark.slow


def test_the_analysis_finds_what_was_put_into_a_recording_and_nothing_else() -> None:
    found = claims(seconds=8)
    assert [each for each in found if not each.is_held] == []
    assert len(found) > 25


def test_a_broken_promise_is_named() -> None:
    words = proof_table([Claim("delay of 1 ms", "µs", 3.0, 0.2), Claim("silence", "ms", float("inf"), 1)])
    assert words.count("NOT HELD") == 2
    assert "Floor of the analysis: 3.000 µs" in words


def test_steps_leave_out_and_repeat_what_they_say() -> None:
    sound = hits(1, seed=1)
    at = RATE // 2
    assert (with_step(sound, 0.5, 32)[at : at + 100] == sound[at + 32 : at + 132]).all()
    assert (with_step(sound, 0.5, -32)[at : at + 100] == sound[at - 32 : at + 68]).all()
    assert len(with_faded_step(sound, 0.5, 4_800)) == len(sound)


def test_one_that_is_faster_by_nothing_is_the_same() -> None:
    sound = hits(1, seed=2)
    assert abs(faster(sound, 0) - sound).max() < 1e-9
