"""A source of sound with one song, for those who fetch."""

from collections.abc import Callable

import numpy as np

from hathor_rt.library.ports import Manifest
from media.bend import PLAIN, Bend
from media.encode import flac_file
from media.pcm import Pcm
from media.rendition import Codec
from media.segment_format import SEGMENT_FRAMES

FRAMES = SEGMENT_FRAMES + 960
GAIN_DB = -6.0
SOUND = (np.random.default_rng(3).integers(-9_000, 9_000, (2, FRAMES)) / 32768).astype(np.float32)
CONTENT = [
    flac_file(Pcm(np.ascontiguousarray(SOUND[:, :SEGMENT_FRAMES]))),
    flac_file(Pcm(np.ascontiguousarray(SOUND[:, SEGMENT_FRAMES:]))),
]


class OneSong:
    """Hands out one song, the same 4 s `whole_segments` times and 20 ms more; `fails` may raise instead.

    Called in threads, so it only appends.
    """

    def __init__(self, whole_segments: int = 1) -> None:
        self.frames = whole_segments * SEGMENT_FRAMES + 960
        self.asked: list[str] = []
        self.wishes: list[tuple[str, int, Bend]] = []
        self.fails: Callable[[str], None] = lambda _: None
        self.generation = 1

    def manifest(self, room: str, track: str, codec: Codec, near_frame: int, bend: Bend = PLAIN) -> Manifest:
        self.asked.append("manifest")
        self.wishes.append((track, near_frame, bend))
        self.fails("manifest")
        assert codec == "flac"
        urls = [f"/{self.generation}/{index}" for index in range(-(-self.frames // SEGMENT_FRAMES))]
        return Manifest(track, "r", codec, self.frames, SEGMENT_FRAMES, 0, "", GAIN_DB, urls)

    def segment(self, path: str) -> bytes:
        self.asked.append(path)
        self.fails(path)
        is_last = int(path[-1]) == self.frames // SEGMENT_FRAMES
        return CONTENT[1 if is_last else 0]
