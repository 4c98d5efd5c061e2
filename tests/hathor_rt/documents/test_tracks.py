"""What exists is asked about once."""

import pytest

from hathor_rt.documents.tracks import TRACKS_REMEMBERED, KnownTracks, TracksWanted


def test_only_what_nobody_asked_about_is_wanted() -> None:
    known = KnownTracks()
    known.learn(["t1"])
    known.require(["t1"])
    with pytest.raises(TracksWanted) as wanted:
        known.require(["t1", "t2"])
    assert wanted.value.tracks == {"t2"}


def test_the_memory_is_bounded() -> None:
    known = KnownTracks()
    known.learn(["t0"])
    known.learn([f"t{number}" for number in range(1, TRACKS_REMEMBERED + 1)])
    with pytest.raises(TracksWanted):
        known.require(["t0"])
