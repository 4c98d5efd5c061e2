"""What `hathor listen` recorded, laid against the music it should be."""

import wave
from dataclasses import dataclass
from pathlib import Path

import av
import msgspec
import numpy as np
from numpy.typing import NDArray

from hathor_rt.headless.marks import MarkSound, samples_of
from hathor_rt.headless.stamps import Stamp, stamps_path
from sync.timeline.transport import Transport, advance, position_at
from sync.units import Micros

RATE = 48_000
WINDOW = 2_400
# A search of ± 40 ms finds any sound that is anywhere near its place.
REACH = 1_920

Sound = NDArray[np.float64]


def read_flac(path: Path) -> Sound:
    """Samples at 16 bit scale, shape (2, frames)."""
    with av.open(str(path), "r") as container:
        blocks = [frame.to_ndarray().reshape(-1, 2) for frame in container.decode(audio=0)]
    return np.concatenate(blocks).T.astype(np.float64)


def demo_sources(folder: Path) -> dict[str, Sound]:
    """The demo tracks by title; files are named ``01 Title.flac``."""
    return {path.stem[3:]: read_flac(path) for path in sorted(folder.glob("*.flac"))[:2]}


@dataclass(frozen=True)
class Match:
    """One window of a recording, found in the music.

    `lag`: frames by which the sound is ahead of its place; `likeness`: normalised correlation there, 1 for the same sound;
    `is_exact`: every sample is that of the recording, at one gain, to the last bit.
    """

    lag: int
    likeness: float
    is_exact: bool


class Recording:
    """A WAV file with its stamps."""

    def __init__(self, path: Path) -> None:
        with wave.open(str(path), "rb") as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
            raw = file.readframes(file.getnframes())
        self.samples: Sound = np.frombuffer(raw, "<i2").reshape(-1, 2).T.astype(np.float64)
        self.stamps = msgspec.json.decode(stamps_path(path).read_bytes(), type=list[Stamp])
        first = self.stamps[0]
        self._began_at = first.local_at - first.file_frame * 125 / 6

    @property
    def frames(self) -> int:
        return int(self.samples.shape[1])

    def frame_at(self, local: int) -> int:
        """File frame at an instant of this machine's monotonic clock, which is also the server's."""
        return round((local - self._began_at) * 6 / 125)

    def local_at(self, frame: int) -> Micros:
        return Micros(round(self._began_at + frame * 125 / 6))

    def first_in_step(self) -> int:
        """File frame from which on it plays, its fade-in over."""
        return next(stamp.file_frame for stamp in self.stamps if stamp.state == "in-step") + RATE // 10

    def clock_error(self) -> int:
        """Largest certified error of all stamps while it played, in Micros."""
        return max(stamp.clock_error for stamp in self.stamps if stamp.state == "in-step")

    def tolerance(self, frame: int) -> int:
        """Frames by which the sound at `frame` may be off.

        What the clock was certified to, what the player knew of its own error (it glides rather than jumps when the clock
        is known better), and half a millisecond: stamps are written now and then, and it glides between them.
        """
        known = [stamp for stamp in self.stamps if stamp.file_frame <= frame] or self.stamps[:1]
        return 24 + round((known[-1].clock_error + abs(known[-1].playback_error)) * 6 / 125)

    def window(self, frame: int, count: int = WINDOW) -> Sound:
        return self.samples[:, frame : frame + count]

    def lag(self, sound: MarkSound, at: int) -> int:
        """Frames by which the mark that should be heard at an instant comes later. Nothing but it sounds within 50 ms of it."""
        mark = np.rint(samples_of(sound).astype(np.float64) * 32768)
        begin = self.frame_at(at) - WINDOW
        heard = self.samples[:, begin : begin + len(mark) + 2 * WINDOW]
        likeness = np.correlate(heard[0], mark, "valid")
        first = int(np.argmax(likeness))
        there = np.zeros_like(heard)
        there[:, first : first + len(mark)] = mark
        off = np.abs(heard - there).max()
        assert off <= 1, f"not a {sound} alone: {off} of 32768 beside it, {first - WINDOW} frames late"
        return first - WINDOW

    def match(self, frame: int, line: Transport, sources: dict[str, Sound]) -> Match:
        """Where the window at `frame` really lies in the music of `line`, whose instants are on the monotonic clock."""
        there = advance(line, self.local_at(frame))
        assert there.current is not None
        following = sources[there.next.track] if there.next is not None else np.zeros((2, 0))
        place = round(position_at(there, self.local_at(frame)) * 6 / 125)
        heard = self.window(frame)
        around = excerpt(sources[there.current.track], following, place - REACH, heard.shape[1] + 2 * REACH)
        return matched(heard, around)


def excerpt(source: Sound, following: Sound, first: int, count: int) -> Sound:
    """`count` frames from `first` on (which may be negative: silence) of one song and the one behind it."""
    pieces = [np.zeros((2, min(count, max(0, -first)))), source[:, max(0, first) : max(0, first + count)]]
    pieces.append(following[:, : max(0, first + count - source.shape[1])])
    sound = np.concatenate(pieces, axis=1)
    return np.pad(sound, ((0, 0), (0, count - sound.shape[1])))


def matched(heard: Sound, around: Sound) -> Match:
    """The best place for `heard` in `around`, which begins `REACH` before the expected one."""
    count = heard.shape[1]
    size = 1 << (around.shape[1] + count).bit_length()
    spectra = np.conj(np.fft.rfft(heard, size)) * np.fft.rfft(around, size)
    products = np.fft.irfft(spectra.sum(axis=0), size)[: 2 * REACH + 1]
    sums = np.concatenate([[0.0], np.cumsum((around**2).sum(axis=0))])
    energies = sums[count:] - sums[:-count]
    likeness = products / np.sqrt(np.maximum(energies, 1.0) * max(float((heard**2).sum()), 1.0))
    best = int(np.argmax(likeness))
    truth = around[:, best : best + count]
    gain = float((truth * heard).sum() / max(float((truth**2).sum()), 1.0))
    # Rounding to 16 bit leaves half a step; the gain fitted here is good to a small part of another.
    is_exact = bool(np.abs(heard - truth * gain).max() < 0.75)
    return Match(best - REACH, float(likeness[best]), is_exact)
