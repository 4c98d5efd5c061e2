import msgspec

from media.tag_messages import Reading, Tags, Unreadable


def test_both_answers_survive_the_pipe() -> None:
    tags = Tags("/a.mp3", "f" * 40, "Title", "", "", "", None, 1, None, 1_000, b"\xff\xd8\xff")
    for reading in (tags, Unreadable("/b.mp3", "damaged")):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(reading), type=Reading) == reading
