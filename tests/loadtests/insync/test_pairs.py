import pytest

from loadtests.insync.pairs import among, pairs_of, spread_of, windows_within
from loadtests.insync.pulse import RATE
from loadtests.insync.synthetic import hits, later, recording_of

pytestmark = pytest.mark.slow

SECONDS = 4


def test_four_listeners_are_six_pairs_with_the_distances_between_them() -> None:
    sound = hits(SECONDS, seed=1)
    delays = (0.0, 3.25, -1.5, 0.007)
    recording = recording_of(*(later(sound, delay) for delay in delays))
    pairs = pairs_of(recording, 4, RATE // 4, (SECONDS - 1) * RATE)
    assert [(pair.first, pair.second) for pair in pairs] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    for pair in pairs:
        assert len(pair.offsets) == windows_within(RATE // 4, (SECONDS - 1) * RATE)
        truth = delays[pair.second] - delays[pair.first]
        assert max(abs(each.milliseconds - truth) for each in pair.offsets) < 2e-4
    assert all(abs(each.milliseconds - 4.75) < 4e-4 for each in spread_of(pairs))


def test_while_one_is_silent_the_others_have_a_distance_and_the_room_has_none() -> None:
    sound = hits(SECONDS, seed=2)
    silent = sound.copy()
    silent[: 2 * RATE] = 0
    pairs = pairs_of(recording_of(silent, sound, later(sound, 1.0)), 3, 0, SECONDS * RATE)
    others = among(pairs, left_out=0)
    assert [(pair.first, pair.second) for pair in others] == [(1, 2)]
    assert others[0].offsets[0].at == 0.25
    assert all(each.at > 1.7 for each in spread_of(pairs))
    assert spread_of(pairs)


def test_nobody_to_compare_with_is_no_distance() -> None:
    assert spread_of([]) == []
