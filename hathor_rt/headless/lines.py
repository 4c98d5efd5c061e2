"""What a player is told: positions as lines over output frames.

An output frame is one sample instant of the output (a file's frame, a sound card's frame); a position is a sample frame
of the track. Both are real numbers here: the room's microseconds fall between samples.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A queue entry as the player knows it. `frames`: exact length, 0 while unknown; all empty: nothing to play."""

    entry: str
    track: str
    frames: int


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
        rate: The same by an output of exactly 48 kHz: thousandths of the recorded speed / 1000.
        following: What follows without a gap when `piece` ends.
    """

    record: str
    begins: float
    piece: Piece
    at: float
    position: float
    slope: float
    rate: float
    following: Piece | None

    def position_at(self, frame: float) -> float:
        """Track frames at output frame `frame`; also beyond the end of `piece`."""
        return self.position + (frame - self.at) * self.slope


Program = tuple[Line, ...]
"""Lines in the order of `begins`; the last one that has begun holds. Empty: silence."""
