"""What a player is told: positions as lines over output frames.

An output frame is one sample instant of the output (a file's frame, a sound card's frame); a position is a sample frame
of the track. Both are real numbers here: the room's microseconds fall between samples.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A queue entry as the player knows it; all empty: nothing to play.

    Attributes:
        entry: Its id.
        track: Name of its sound (`bent_sound.py`), whose frames all positions count.
        frames: Exact length of that, 0 while unknown.
        tempo: Frames of the recording for one of them.
    """

    entry: str
    track: str
    frames: int
    tempo: float = 1.0


NOBODY = Piece("", "", 0)


@dataclass(frozen=True, slots=True)
class Line:
    """From output frame `begins` on, `piece` is at `position` at frame `at` and moves `slope` frames per frame.

    Attributes:
        record: Names the record behind it. The same record comes again and again as clocks are known better.
        begins: First output frame for which the line holds; minus infinity if it holds already.
        piece: What plays.
        at: Output frame of the reference point.
        position: Track frames at the reference point.
        slope: Track frames per output frame by the clocks as they are known; 0 while paused.
        rate: The same by an output of exactly 48 kHz: 1 while playing.
        following: What follows without a gap when `piece` ends.
        since: Output frame of the record's own instant, which may be long past.
    """

    record: str
    begins: float
    piece: Piece
    at: float
    position: float
    slope: float
    rate: float
    following: Piece | None
    since: float = -math.inf

    def position_at(self, frame: float) -> float:
        """Track frames at output frame `frame`; also beyond the end of `piece`."""
        return self.position + (frame - self.at) * self.slope


Program = tuple[Line, ...]
"""Lines in the order of `begins`; the last one that has begun holds. Empty: silence."""
