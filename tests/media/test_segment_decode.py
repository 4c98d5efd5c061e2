import numpy as np
import pytest

from media.encode import flac_file
from media.pcm import Pcm
from media.problem import MediaProblem
from media.rendition import Codec
from media.segment_decode import decode_segment
from media.segment_format import OPUS_HEAD, PRE_ROLL_FRAMES, SEGMENT_FRAMES, frames_in_segment, unpack_packets
from media.segments import encode_segment
from tests.media.sounds import as_pcm, decode_opus, music, through_16_bit

FRAMES = SEGMENT_FRAMES + 20_011
SOUND = through_16_bit(music(FRAMES))


def segment(index: int, codec: Codec) -> bytes:
    def cut(first: int, frames: int) -> Pcm:
        padded = np.pad(SOUND, ((0, 0), (SEGMENT_FRAMES, SEGMENT_FRAMES)))
        return as_pcm(padded[:, SEGMENT_FRAMES + first : SEGMENT_FRAMES + first + frames])

    return encode_segment(cut, FRAMES, index, codec, 128)


@pytest.mark.parametrize("index", [0, 1])
def test_a_flac_segment_comes_out_bit_for_bit(index: int) -> None:
    frames = frames_in_segment(FRAMES, index)
    decoded = decode_segment(segment(index, "flac"), "flac", frames)
    first = index * SEGMENT_FRAMES
    assert np.array_equal(decoded.samples, SOUND[:, first : first + frames])


@pytest.mark.parametrize("index", [0, 1])
def test_an_opus_segment_holds_its_frames_and_nothing_of_the_pre_roll(index: int) -> None:
    frames = frames_in_segment(FRAMES, index)
    content = segment(index, "opus")
    decoded = decode_segment(content, "opus", frames)
    reference = decode_opus(unpack_packets(content), OPUS_HEAD)[:, PRE_ROLL_FRAMES : PRE_ROLL_FRAMES + frames]
    assert np.array_equal(decoded.samples, reference)
    # A shift by a single frame would correlate clearly worse than no shift.
    original = SOUND[0, index * SEGMENT_FRAMES :][:frames].astype(np.float64)
    scores = [float(np.dot(original[8:-8], np.roll(decoded.samples[0], shift)[8:-8])) for shift in range(-3, 4)]
    assert int(np.argmax(scores)) == 3


@pytest.mark.parametrize("codec", ["flac", "opus"])
@pytest.mark.parametrize("content", [b"", b"HOP1", b"fLaC" + bytes(40), bytes(range(256)) * 8])
def test_what_is_no_segment_is_told_so(codec: Codec, content: bytes) -> None:
    with pytest.raises(MediaProblem) as told:
        decode_segment(content, codec, 960)
    assert told.value.code == "damaged-file"


def test_a_segment_of_another_length_is_told_so() -> None:
    with pytest.raises(MediaProblem, match="expected a segment of 100 frames, got 960"):
        decode_segment(flac_file(as_pcm(SOUND[:, :960])), "flac", 100)
