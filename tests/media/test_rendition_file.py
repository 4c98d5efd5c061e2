import json
from pathlib import Path

import numpy as np
import pytest

from media.bend import PLAIN, Bend
from media.pcm import Samples
from media.problem import MediaProblem
from media.rendition_file import SegmentFolder, main, render_file
from media.segment_decode import decode_segment
from media.segment_format import SEGMENT_FRAMES
from media.segments import encode_segment
from media.stretch.float_wav import FloatWavReader
from tests.media.sounds import music, signal_to_noise_db, through_16_bit, write_sound
from tests.media.spans.recordings import bent, whole

pytestmark = pytest.mark.slow


def untold(_: float) -> None:
    """Progress nobody asked for."""


def read_wav(path: Path) -> Samples:
    with path.open("rb") as file:
        reader = FloatWavReader.open(file)
        assert reader is not None
        assert (reader.rate_hz, reader.channels) == (48_000, 2)
        return np.concatenate(list(reader.blocks()), axis=1)


def test_the_file_and_the_segments_are_those_of_the_server(tmp_path: Path) -> None:
    samples = through_16_bit(music(12 * 48_000))
    source, target = write_sound(tmp_path, "flac", samples), tmp_path / "out.wav"
    bend = Bend(800, 150)
    told: list[float] = []
    render_file(source, target, bend, SegmentFolder(tmp_path / "new" / "segments", "opus"), told.append)
    made = read_wav(target)
    assert np.array_equal(made, whole(samples, bend))
    assert told == sorted(told)
    assert told[-1] == 1.0
    sound = bent(samples, bend)
    paths = sorted((tmp_path / "new" / "segments").iterdir())
    assert [path.name for path in paths] == ["00000.hop1", "00001.hop1", "00002.hop1", "00003.hop1"]
    for index, path in enumerate(paths):
        content = path.read_bytes()
        assert content == encode_segment(sound.segment_cut, sound.frames, index, "opus", 128)
    # Side by side they are the sound, as well as the codec knows it, and half as loud.
    joined = np.concatenate(
        [
            decode_segment(
                path.read_bytes(), "opus", min(SEGMENT_FRAMES, sound.frames - index * SEGMENT_FRAMES)
            ).samples
            for index, path in enumerate(paths)
        ],
        axis=1,
    )
    assert joined.shape == made.shape
    joined *= 2
    everywhere = signal_to_noise_db(made, joined)
    assert everywhere > 12
    for border in range(SEGMENT_FRAMES, sound.frames, SEGMENT_FRAMES):
        near = slice(border - 2400, border + 2400)
        assert signal_to_noise_db(made[:, near], joined[:, near]) > everywhere - 4


def test_nothing_to_bend_is_the_recording_itself(tmp_path: Path) -> None:
    samples = through_16_bit(music(50_000))
    target = tmp_path / "out.wav"
    render_file(write_sound(tmp_path, "flac", samples), target, PLAIN, None, untold)
    assert np.array_equal(read_wav(target), samples)


def test_what_was_there_is_only_replaced_by_something_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.wav"
    target.write_bytes(b"before")
    noise = tmp_path / "noise.mp3"
    noise.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(MediaProblem) as caught:
        render_file(noise, target, Bend(800), None, untold)
    assert caught.value.code == "damaged-file"
    assert target.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["noise.mp3", "out.wav"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["out.wav", "--tempo", "3"], "bad-change"),
        (["out.wav", "--tempo", "nan"], "bad-change"),
        (["out.wav", "--pitch", "inf"], "bad-change"),
        (["out.wav", "--pitch", "12.01"], "bad-change"),
        (["out.mp3"], "bad-change"),
        (["in.wav"], "bad-change"),
        (["no/folder/out.wav"], "bad-change"),
    ],
)
def test_a_refusal_is_a_line_and_a_status(
    tmp_path: Path, words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_sound(tmp_path, "wav", music(5_000)).rename(tmp_path / "in.wav")
    assert main([str(source), str(tmp_path / words[0]), *words[1:]]) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["code"] == code


def test_progress_is_told_in_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_sound(tmp_path, "wav", music(5_000))
    assert main([str(source), str(tmp_path / "out.wav"), "--pitch", "-1.5"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"position": 1.0}
