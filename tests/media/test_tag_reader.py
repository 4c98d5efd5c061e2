import io
from pathlib import Path

import msgspec
import pytest

from media.tag_messages import LENGTH, SAME_COVER, Reading, Tags, Unreadable
from media.tag_reader import serve
from tests.media.sounds import music, write_sound


def ask(*paths: Path) -> list[Reading]:
    source = io.BytesIO(b"".join(LENGTH.pack(len(str(path).encode())) + str(path).encode() for path in paths))
    sink = io.BytesIO()
    serve(source, sink)
    answer, readings = io.BytesIO(sink.getvalue()), []
    while header := answer.read(LENGTH.size):
        readings.append(msgspec.msgpack.decode(answer.read(LENGTH.unpack(header)[0]), type=Reading))
    return readings


@pytest.mark.slow
def test_a_picture_travels_once_per_album(tmp_path: Path) -> None:
    (tmp_path / "cover.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    one = write_sound(tmp_path, "wav", music(4_800), stem="one")
    two = write_sound(tmp_path, "wav", music(4_800, seed=2), stem="two")
    first, second = ask(one, two)
    assert isinstance(first, Tags)
    assert isinstance(second, Tags)
    assert len(first.cover) == 58
    assert second.cover == SAME_COVER


def test_every_path_is_answered_in_order_and_the_end_of_input_ends_it(tmp_path: Path) -> None:
    readings = ask(tmp_path / "a.mp3", tmp_path / "b.mp3")
    assert [type(reading) for reading in readings] == [Unreadable, Unreadable]
    assert [Path(reading.path).name for reading in readings] == ["a.mp3", "b.mp3"]
