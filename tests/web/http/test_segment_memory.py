from web.http.segment_memory import KeptSegment, SegmentMemory


def segment(size: int, etag: str = "e") -> KeptSegment:
    return KeptSegment(bytes(size), "audio/flac", etag, "flac")


def test_what_was_put_is_there() -> None:
    memory = SegmentMemory(100)
    memory.put("/a", segment(40), 0.0)
    assert memory.get("/a", 1.0) == segment(40)
    assert memory.get("/b", 1.0) is None


def test_what_was_not_fetched_for_longest_goes_first() -> None:
    memory = SegmentMemory(100)
    for path in ("/a", "/b"):
        memory.put(path, segment(40), 0.0)
    assert memory.get("/a", 1.0)
    memory.put("/c", segment(40), 2.0)
    assert [path for path in ("/a", "/b", "/c") if memory.get(path, 3.0)] == ["/a", "/c"]
    assert memory.kept_bytes == 80


def test_putting_again_replaces() -> None:
    memory = SegmentMemory(100)
    memory.put("/a", segment(40), 0.0)
    memory.put("/a", segment(60, "later"), 1.0)
    assert memory.get("/a", 2.0) == segment(60, "later")
    assert memory.kept_bytes == 60


def test_what_is_larger_than_everything_is_not_kept() -> None:
    memory = SegmentMemory(100)
    memory.put("/small", segment(40), 0.0)
    memory.put("/large", segment(101), 0.0)
    assert memory.get("/large", 1.0) is None
    assert memory.get("/small", 1.0)


def test_nothing_is_kept_without_room_for_it() -> None:
    memory = SegmentMemory(0)
    memory.put("/a", segment(1), 0.0)
    assert memory.get("/a", 0.0) is None


def test_the_file_is_asked_for_again_after_ten_minutes_however_often_it_was_fetched() -> None:
    memory = SegmentMemory(100)
    memory.put("/a", segment(40), 0.0)
    assert memory.get("/a", 599.0)
    assert memory.get("/a", 600.0) is None
    assert memory.kept_bytes == 0
