import pytest

from hathor_rt.ids import TrackId
from hathor_rt.library.sound_files import SoundFiles
from hathor_rt.library.sources import Sources
from hathor_rt.refusals import NotSeparated, TrackUnavailable
from media.rendition import Rendition
from tests.fakes.shelves import Shelves


async def test_the_mix_is_the_tracks_file_and_a_stem_one_of_its_own(shelves: Shelves) -> None:
    sources = Sources(shelves.tracks)
    files, one = SoundFiles(sources, shelves.stems), await sources.track(TrackId("one"))
    drums = Rendition("hash-one", stem="drums", model=await shelves.stems.current())
    assert await files.path(one, Rendition("hash-one")) == str(shelves.file_of("one"))
    with pytest.raises(NotSeparated):
        await files.path(one, drums)
    await shelves.stems.ask(one.track)
    await shelves.workshop.work_all()
    assert (await files.path(one, drums)).endswith("-drums")
    shelves.file_of("one").unlink()
    assert (await files.path(one, drums)).endswith("-drums")
    with pytest.raises(TrackUnavailable):
        await files.path(one, Rendition("hash-one"))
