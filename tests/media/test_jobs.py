from media.jobs import Measure, Segment, job_key


def test_a_job_is_named_after_what_it_makes_and_not_after_its_file() -> None:
    here, there = (Segment("a", path, "r1", "opus", 128, 3) for path in ("/disk/a.mp3", "/copy/a.mp3"))
    assert job_key(here) == job_key(there) == "segment/r1/3"
    assert job_key(Measure("a", "/disk/a.mp3")) == job_key(Measure("a", "/copy/a.mp3")) == "measure/a"
