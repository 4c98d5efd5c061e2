import pytest

from hathor_rt.ids import TrackId
from hathor_rt.library.sources import Sources
from hathor_rt.refusals import TrackUnavailable, UnknownTrack
from hathor_rt.storage.ports import TrackFile
from tests.fakes.shelves import Shelves


async def test_an_unknown_track_is_refused(shelves: Shelves) -> None:
    with pytest.raises(UnknownTrack):
        await Sources(shelves.tracks).track(TrackId("three"))


async def test_a_copy_stands_in_for_a_file_that_is_gone(shelves: Shelves) -> None:
    sources = Sources(shelves.tracks)
    one = await sources.track(TrackId("one"))
    assert await sources.path(one) == str(shelves.file_of("one"))
    copy = shelves.music / "z-copy.mp3"
    await shelves.tracks.save_scanned([one], [TrackFile(str(copy), one.track, "", 1, 1, True)])
    shelves.file_of("one").rename(copy)
    assert await sources.path(one) == str(copy)
    copy.unlink()
    with pytest.raises(TrackUnavailable, match="One"):
        await sources.path(one)


async def test_of_several_copies_the_largest_is_played(shelves: Shelves) -> None:
    sources = Sources(shelves.tracks)
    one = await sources.track(TrackId("one"))
    cut, whole = shelves.music / "a-cut.mp3", shelves.music / "z-whole.mp3"
    for copy, byte_count in ((cut, 1), (whole, 1_000_000)):
        copy.write_bytes(b"x")
        await shelves.tracks.save_scanned([one], [TrackFile(str(copy), one.track, "", byte_count, 1, True)])
    assert await sources.path(one) == str(whole)
