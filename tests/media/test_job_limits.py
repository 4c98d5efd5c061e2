from media.job_limits import most_bytes, most_seconds
from media.jobs import Measure, Segment, Separate

MEASURE = Measure("a", "/a.flac")
SEGMENT = Segment("a", "/a.flac", "r", "opus", 128, 0)
SEPARATE = Separate("a", "/a.flac", "tiny", "tiny@1", "/models")


def test_a_day_of_sound_at_half_an_hour_is_enough_and_stems_may_take_hours() -> None:
    assert most_seconds(MEASURE) == most_seconds(SEGMENT) == 1800
    assert most_seconds(SEPARATE) == 6 * 3600


def test_a_model_may_take_more_memory_than_sound() -> None:
    assert most_bytes(MEASURE) == most_bytes(SEGMENT) == 2 * 1024**3
    assert most_bytes(SEPARATE) == 7 * 1024**3
