import hashlib
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from media.encode import opus_packets
from media.pcm import Pcm
from media.segment_format import (
    OPUS_HEAD,
    PRE_ROLL_FRAMES,
    SEGMENT_FRAMES,
    frames_in_segment,
    segment_count,
    unpack_packets,
)
from media.segments import Cut, encode_segment
from tests.media.sounds import Array, as_pcm, decode_flac, decode_opus, music, signal_to_noise_db, through_16_bit

# Three whole segments and a short one.
FRAMES = SEGMENT_FRAMES * 3 + 50_123


@cache
def recording() -> Array:
    return through_16_bit(music(FRAMES))


def cut_of(samples: Array) -> Cut:
    def cut(first: int, frames: int) -> Pcm:
        piece = np.zeros((2, frames), np.float32)
        begin, end = max(0, first), min(samples.shape[1], first + frames)
        if begin < end:
            piece[:, begin - first : end - first] = samples[:, begin:end]
        return Pcm(piece)

    return cut


def heard(content: bytes, frames: int) -> Array:
    """What a player keeps of one Opus segment."""
    return decode_opus(unpack_packets(content), OPUS_HEAD)[:, PRE_ROLL_FRAMES : PRE_ROLL_FRAMES + frames]


@cache
def played(kilobits: int = 128) -> Array:
    """The whole recording as laid together from its segments."""
    pieces = []
    for index in range(segment_count(FRAMES)):
        content = encode_segment(cut_of(recording()), FRAMES, index, "opus", kilobits)
        pieces.append(heard(content, frames_in_segment(FRAMES, index)))
    return np.concatenate(pieces, axis=1)


@cache
def continuous() -> Array:
    """The whole recording by one encoder and one decoder."""
    padded = np.pad(recording(), ((0, 0), (0, 960 * 2 - FRAMES % 960)))
    return decode_opus(opus_packets(as_pcm(padded), 128), OPUS_HEAD)[:, :FRAMES]


def test_opus_segments_hold_exactly_their_frames() -> None:
    assert played().shape == (2, FRAMES)


@pytest.mark.slow
def test_opus_segments_sound_as_good_as_one_continuous_encoding() -> None:
    whole = signal_to_noise_db(recording(), continuous())
    pieces = signal_to_noise_db(recording(), played())
    assert whole > 20
    assert abs(whole - pieces) < 0.05


@pytest.mark.slow
def test_no_seam_is_worse_than_what_lies_around_it() -> None:
    wanted, got, whole = recording(), played(), continuous()
    for seam in range(SEGMENT_FRAMES, FRAMES, SEGMENT_FRAMES):
        around = slice(seam - 480, seam + 480)
        pieces_db = signal_to_noise_db(wanted[:, around], got[:, around])
        assert pieces_db > signal_to_noise_db(wanted[:, around], whole[:, around]) - 1.5
        # A jump of the error between the two samples at the seam would click.
        error = got - wanted
        jump = np.abs(error[:, seam] - error[:, seam - 1]).max()
        usual = np.abs(np.diff(error[:, seam - 4_800 : seam + 4_800])).max()
        assert jump <= usual


@pytest.mark.parametrize(
    "rungs", [(48, 160, 96, 0), (0, 48, 0, 96), (160, 0, 48, 48)], ids=lambda rungs: "-".join(map(str, rungs))
)
def test_going_from_rung_to_rung_leaves_no_step_where_they_meet(rungs: tuple[int, ...]) -> None:
    wanted = recording()
    pieces = []
    for index, kilobits in enumerate(rungs):
        frames = frames_in_segment(FRAMES, index)
        content = encode_segment(cut_of(wanted), FRAMES, index, "opus" if kilobits else "flac", kilobits)
        pieces.append(heard(content, frames) if kilobits else decode_flac(content))
    got = np.concatenate(pieces, axis=1)
    error = got - wanted
    for seam in range(SEGMENT_FRAMES, FRAMES, SEGMENT_FRAMES):
        # The coarser of the two has steps of its own between any two samples; the seam is none of the larger.
        usual = np.abs(np.diff(error[:, seam - 4_800 : seam + 4_800])).max()
        assert np.abs(error[:, seam] - error[:, seam - 1]).max() <= usual
        around = slice(seam - 480, seam + 480)
        assert signal_to_noise_db(wanted[:, around], got[:, around]) > 12


@pytest.mark.slow
def test_a_cold_decoder_has_settled_when_the_music_begins() -> None:
    content = encode_segment(cut_of(recording()), FRAMES, 1, "opus", 128)
    once = heard(content, SEGMENT_FRAMES)
    warm = continuous()[:, SEGMENT_FRAMES : 2 * SEGMENT_FRAMES]
    wanted = recording()[:, SEGMENT_FRAMES : 2 * SEGMENT_FRAMES]
    coding_db = signal_to_noise_db(wanted[:, :960], warm[:, :960])
    # In the first 20 ms the two differ by far less than what coding changes anyway; later by nothing to speak of.
    assert signal_to_noise_db(warm[:, :960], once[:, :960]) > coding_db + 12
    assert signal_to_noise_db(warm[:, 9_600:], once[:, 9_600:]) > 60


def test_the_first_segment_begins_out_of_silence() -> None:
    content = encode_segment(cut_of(recording()), FRAMES, 0, "opus", 128)
    everything = decode_opus(unpack_packets(content), OPUS_HEAD)
    assert np.abs(everything[:, : PRE_ROLL_FRAMES - 960]).max() < 1e-3


def test_flac_segments_lie_together_bit_for_bit() -> None:
    pieces = []
    for index in range(segment_count(FRAMES)):
        content = encode_segment(cut_of(recording()), FRAMES, index, "flac", 0)
        pieces.append(decode_flac(content))
    assert np.array_equal(np.concatenate(pieces, axis=1), recording())


@pytest.mark.parametrize("frames", [1, 647, 648, 649, 960, SEGMENT_FRAMES - 1, SEGMENT_FRAMES, SEGMENT_FRAMES + 1])
@pytest.mark.parametrize("codec", ["opus", "flac"])
def test_recordings_of_any_length_have_whole_segments(frames: int, codec: str) -> None:
    index = segment_count(frames) - 1
    length = frames_in_segment(frames, index)
    samples = recording()[:, :frames]
    content = encode_segment(cut_of(samples), frames, index, "opus" if codec == "opus" else "flac", 128)
    if codec == "opus":
        assert heard(content, length).shape[1] == length
    else:
        assert decode_flac(content).shape[1] == length


@pytest.mark.parametrize("index", [-1, 4])
def test_there_is_no_segment_outside_the_recording(index: int) -> None:
    with pytest.raises(IndexError):
        encode_segment(cut_of(recording()), FRAMES, index, "opus", 128)


def digests(order: list[int]) -> dict[int, str]:
    return {
        index: hashlib.sha256(encode_segment(cut_of(recording()), FRAMES, index, "opus", 128)).hexdigest()
        for index in order
    }


@pytest.mark.slow
def test_neither_order_nor_process_changes_a_byte() -> None:
    script = "import json, sys; from tests.media.test_segments import digests; print(json.dumps(digests([2])))"
    elsewhere = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout
    forwards = digests([0, 1, 2, 3])
    assert digests([3, 1, 0, 2]) == forwards
    assert forwards[2] in elsewhere
