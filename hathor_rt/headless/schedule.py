"""Which records matter now, and where their instants fall in output frames."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from hathor_rt.headless.bent_sound import piece_of
from hathor_rt.headless.lines import NOBODY, Line, Program
from sync.timeline.transport import Transport, is_newer
from sync.units import SAMPLE_RATE, Micros

# Over one second the slope of the mapping is as good as its drift, and rounding (1 us) costs 1 ppm at most.
_SLOPE_SPAN: Final = 1_000_000
_FRAMES_PER_MICRO: Final = SAMPLE_RATE / 1_000_000

FrameAt = Callable[[Micros], float]
"""The output frame that is heard at a room instant; latency is in it."""


class Schedule:
    """The record that holds, and those whose time is to come.

    A record may lie in the future; until then the one before it goes on. A newer record takes the place of every older
    one from its own instant on. A record on another timebase takes the place of all.
    """

    def __init__(self) -> None:
        self._records: list[Transport] = []
        self._newest: Transport | None = None

    @property
    def newest(self) -> Transport | None:
        """The newest record, also one that lies in the future; None before the first."""
        return self._newest

    def take(self, transport: Transport) -> bool:
        """Take `transport` in; False if a newer one is known already."""
        newest = self._newest
        is_same_time = newest is not None and newest.clock_epoch == transport.clock_epoch
        if newest is not None and is_same_time and not is_newer(transport, newest):
            return False
        self._newest = transport
        self._records = [
            older
            for older in self._records
            if older.clock_epoch == transport.clock_epoch and older.anchor.at < transport.anchor.at
        ]
        self._records.append(transport)
        return True

    def from_instant(self, now: Micros, epoch: str) -> Sequence[Transport]:
        """What holds at `now`, then what follows, in order; only records on the timebase `epoch`. Forgets earlier ones."""
        holding = next((record for record in reversed(self._records) if record.anchor.at <= now), None)
        self._records = [record for record in self._records if record.anchor.at > now or record is holding]
        return tuple(record for record in self._records if record.clock_epoch == epoch)


def program_of(records: Sequence[Transport], now: Micros, frame_at: FrameAt) -> Program:
    """The lines of `records` for a player whose next frame is heard at the room instant `now`.

    A line that already holds is anchored at `now`, not at the record's instant: the mapping is best where it was
    measured last, and an error in its drift must not be multiplied by an hour of playing.
    """
    return tuple(_line(record, now, frame_at) for record in records)


def _line(record: Transport, now: Micros, frame_at: FrameAt) -> Line:
    anchor = record.anchor
    holds = anchor.at <= now
    reference = now if holds else anchor.at
    at = frame_at(reference)
    frames_per_second = frame_at(Micros(reference + _SLOPE_SPAN)) - at
    played = (reference - anchor.at) * anchor.rate_permille / 1000
    vibe = record.vibe
    piece = NOBODY if record.current is None else piece_of(record.current, vibe)
    rate = 0.0 if record.current is None or anchor.rate_permille == 0 else anchor.rate_permille / 1000 / piece.tempo
    return Line(
        record=f"{record.clock_epoch}/{record.owner_term}/{record.revision}",
        begins=-math.inf if holds else at,
        piece=piece,
        at=at,
        position=(anchor.position + played) * _FRAMES_PER_MICRO / piece.tempo,
        slope=rate * SAMPLE_RATE / frames_per_second,
        rate=rate,
        following=None if record.next is None else piece_of(record.next, vibe),
        since=at - (reference - anchor.at) * frames_per_second / _SLOPE_SPAN,
    )
