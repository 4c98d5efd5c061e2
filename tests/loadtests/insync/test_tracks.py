import numpy as np
import pytest

from loadtests.insync.defects import jumps
from loadtests.insync.pulse import RATE
from loadtests.insync.synthetic import Sound, hits, signal
from loadtests.insync.tracks import Place, Tracks, rate_ppm

pytestmark = pytest.mark.slow

LIKE_BAR = 2.7
# Seconds into the bar at which the like one rests; the longer one lies in the middle of what is searched after the first.
RESTS = ((0.3, 0.5), (1.1, 1.6))


def with_a_like_bar(at: float) -> Sound:
    """Twelve seconds in which the bar at `at` comes back after `LIKE_BAR`, with `RESTS`."""
    sound = hits(12, seed=5)
    begin, again, length = (round(each * RATE) for each in (at, at + LIKE_BAR, LIKE_BAR - 0.1))
    sound[again : again + length] = sound[begin : begin + length]
    return with_rests(sound, at + LIKE_BAR)


def with_rests(sound: Sound, at: float) -> Sound:
    resting = sound.copy()
    for start, end in RESTS:
        resting[round((at + start) * RATE) : round((at + end) * RATE)] = 0
    return resting


def test_gaps_that_make_a_bar_like_another_one_are_no_jump() -> None:
    track = with_a_like_bar(4.0)
    places = Tracks({"bars": signal(track)}).places(signal(with_rests(track, 4.0)))
    assert jumps(places) == []
    assert len(places) > 80
    assert all(abs(place.position - place.at) < 0.001 for place in places)


def test_a_jump_to_a_like_bar_is_found() -> None:
    track = with_a_like_bar(2.0)
    cut = 4 * RATE
    heard = np.concatenate([track[:cut], track[cut + round(LIKE_BAR * RATE) :]])
    found = jumps(Tracks({"bars": signal(track)}).places(signal(heard)))
    assert [round(each.milliseconds) for each in found] == [2_700]
    assert abs(found[0].at - 4) < 0.6


def test_a_jump_to_another_place_is_found_where_it_happened() -> None:
    track = hits(20, seed=6)
    heard = np.concatenate([track[: 5 * RATE], track[9 * RATE :]])
    found = jumps(Tracks({"hits": signal(track)}).places(signal(heard)))
    assert [round(each.milliseconds) for each in found] == [4_000]
    assert abs(found[0].at - 5) < 0.6


def test_a_change_of_tracks_is_no_jump_and_both_are_named() -> None:
    one, two = hits(10, seed=7), hits(10, seed=8)
    heard = np.concatenate([one[2 * RATE : 7 * RATE], two[: 5 * RATE]])
    places = Tracks({"one": signal(one), "two": signal(two)}).places(signal(heard))
    assert jumps(places) == []
    assert [place.track for place in places] == sorted(place.track for place in places)
    assert {place.track for place in places} == {"one", "two"}


def test_what_is_no_track_has_no_place() -> None:
    assert Tracks({"hits": signal(hits(8, seed=9))}).places(signal(hits(6, seed=10))) == []


@pytest.mark.parametrize("ppm", [-160.0, 0.0, 200.0])
def test_the_rate_of_a_player_is_found_to_a_millionth(ppm: float) -> None:
    track = hits(12, seed=11)
    frames = np.arange(round(10 * RATE)) * (1 + 1e-6 * ppm)
    heard = np.interp(frames, np.arange(len(track)), track)
    rate = rate_ppm(Tracks({"hits": signal(track)}).places(signal(heard)))
    assert rate is not None
    assert abs(rate - ppm) < 1


def test_a_moment_of_music_has_no_rate() -> None:
    assert rate_ppm([]) is None
    assert rate_ppm([Place(0.1 * number, "short", 0.1 * number) for number in range(15)]) is None
