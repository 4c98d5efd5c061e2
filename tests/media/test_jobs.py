import json

import msgspec

from media.bend import PLAIN, Bend
from media.jobs import Measure, Segment, Separate, Work, job_key


def test_a_job_is_named_after_what_it_makes_and_not_after_its_file() -> None:
    here, there = (Segment("a", path, "r1", "opus", 128, 3) for path in ("/disk/a.mp3", "/copy/a.mp3"))
    assert job_key(here) == job_key(there) == "segment/r1/3"
    assert job_key(Measure("a", "/disk/a.mp3")) == job_key(Measure("a", "/copy/a.mp3")) == "measure/a"


def test_stems_are_named_after_the_recording_and_what_the_model_is() -> None:
    works = [Separate("a", path, "tiny", "tiny@12", models) for path, models in (("/x", "/m"), ("/y", "/n"))]
    assert {job_key(each) for each in works} == {"stems/a/tiny@12"}


def test_a_job_survives_being_kept_with_how_it_is_bent() -> None:
    work = Segment("a", "/disk/a.mp3", "r1", "opus", 128, 3, Bend(800, -200, keeps_formants=True), "drums")
    assert msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(work))), Work) == work
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(work), type=Work) == work


def test_a_job_kept_before_there_were_bends_has_none() -> None:
    kept = {
        "type": "segment",
        "source": "a",
        "path": "p",
        "rendition": "r",
        "codec": "opus",
        "kilobits": 128,
        "index": 1,
    }
    work = msgspec.convert(kept, Work)
    assert isinstance(work, Segment)
    assert work.bend == PLAIN
