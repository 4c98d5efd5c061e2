"""One span of a bent rendition, made as far as it is needed."""

from collections.abc import Callable
from typing import Final

import numpy as np

from media.bend import Bend
from media.pcm import CHANNELS, RATE, Pcm, Samples
from media.spans.grid import span_begin, span_end
from media.stretch.stretcher import Change, Stretcher

Read = Callable[[int, int], Pcm]
"""(first frame, count) to the recording's sound, with silence before its first frame and after its last."""

ENGINE: Final = "music"
# A second of input at a time. Engines make the same of any cutting; this one is the same however far a span is made.
_PIECE_FRAMES: Final = RATE


class Span:
    """The sound of span `number`, which depends on nothing but the recording, the bend and the number.

    Attributes:
        begin: Frame of the rendition at which it begins, pre-roll included.
        end: Behind its last.
    """

    def __init__(self, bend: Bend, recording_frames: int, number: int) -> None:
        frames = bend.frames_of(recording_frames)
        self.begin = span_begin(number)
        self.end = span_end(frames, number)
        position = bend.recording_position(self.begin)
        assert position.denominator == 1, "a span begins on a frame of the recording"
        self._read_until = int(position)
        self._recording_frames = recording_frames
        self._change = Change(bend.tempo_permille / 1000, bend.pitch_cents / 100)
        # None once everything is made: an engine holds as much memory as seconds of sound.
        self._engine: Stretcher | None = Stretcher(RATE, CHANNELS, engine=ENGINE, keeps_formants=bend.keeps_formants)
        self._made = np.zeros((CHANNELS, self.end - self.begin), np.float32)
        self._made_until = self.begin

    def sound(self, read: Read, until: int) -> Samples:
        """The span from `begin` on, made at least up to frame `until`; what lies beyond may be zeros yet.

        Args:
            read: The recording.
            until: At most `end`.

        Returns:
            float32, shape (2, end - begin); not to be written to.
        """
        assert until <= self.end
        while self._made_until < until:
            self._go_on(read)
        return self._made

    def _go_on(self, read: Read) -> None:
        assert self._engine is not None
        count = min(_PIECE_FRAMES, self._recording_frames - self._read_until)
        if count > 0:
            made = self._engine.process(read(self._read_until, count).samples, self._change)
            self._read_until += count
        else:
            made = self._engine.flush()
        kept = made[:, : self.end - self._made_until]
        at = self._made_until - self.begin
        self._made[:, at : at + kept.shape[1]] = kept
        self._made_until += kept.shape[1]
        if count <= 0:
            # A rounding at the recording's end may leave one frame of silence.
            self._made_until = self.end
        if self._made_until == self.end:
            self._engine = None
