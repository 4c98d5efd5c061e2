import struct
from pathlib import Path

import av
import pytest

from media.probe import MOST_BYTES, open_sound
from media.problem import MediaProblem
from tests.media.sounds import FORMATS, music, write_sound


def refusal(path: Path) -> str:
    with path.open("rb") as file, pytest.raises(MediaProblem) as caught:
        open_sound(file, path)
    assert caught.value.code == "damaged-file"
    return caught.value.reason


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_we_play_is_recognised_without_its_name(tmp_path: Path, name: str) -> None:
    path = write_sound(tmp_path, name, music(48_000)).rename(tmp_path / "no-suffix")
    with path.open("rb") as file:
        opened = open_sound(file, path)
        with opened.container:
            assert opened.announced_seconds == pytest.approx(1.0, abs=0.06)
            assert opened.stream.codec_context.channels == 2


def test_an_empty_file_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.touch()
    assert "empty" in refusal(path)


def test_a_file_beyond_two_gibibytes_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert "2 GiB" in refusal(path)


def wav_head(*, channels: int = 2, rate: int = 48_000, seconds: int = 1) -> bytes:
    byte_count = channels * 2 * rate * seconds
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16)
    return b"RIFF" + struct.pack("<I", 36 + byte_count) + b"WAVE" + form + b"data" + struct.pack("<I", byte_count)


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (wav_head(channels=9), "9 channels"),
        (wav_head(rate=1000), "sample rate of 1000"),
        (wav_head(rate=8000, channels=1, seconds=12 * 3600 + 2), "longer than 12 hours"),
    ],
)
def test_headers_beyond_the_limits_are_refused(tmp_path: Path, head: bytes, word: str) -> None:
    path = tmp_path / "a.wav"
    with path.open("wb") as file:
        file.write(head)
        # The rest is a hole in the file: sound of the announced length that costs no disk.
        file.truncate(len(head) + int.from_bytes(head[-4:], "little"))
    assert word in refusal(path)


def test_a_file_of_pictures_only_holds_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        container.mux(stream.encode(None))
    assert "no sound" in refusal(path)


@pytest.mark.parametrize(
    "script",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
    ],
)
def test_a_playlist_that_names_another_file_is_not_followed(tmp_path: Path, script: str) -> None:
    other = write_sound(tmp_path, "wav", music(4800))
    path = tmp_path / "a.mp3"
    path.write_text(script.format(other))
    with path.open("rb") as file, pytest.raises((MediaProblem, av.FFmpegError)):
        open_sound(file, path)


def test_the_exact_length_that_itunes_notes_is_believed(tmp_path: Path) -> None:
    plain = write_sound(tmp_path, "aac", music(48_000 * 2))
    path = tmp_path / "tagged.m4a"
    with av.open(str(plain)) as source, av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as target:
        target.metadata["iTunSMPB"] = " 00000000 00000840 000001CA 000000000000BB80 00000000 00000000"
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    with path.open("rb") as file:
        opened = open_sound(file, path)
        with opened.container:
            assert opened.trim_frames == 0xBB80
