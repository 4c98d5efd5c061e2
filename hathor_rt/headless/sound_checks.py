"""This device's part in the sound checks of its room: what it plays instead of the music, and until when."""

from typing import Final, Literal

import structlog

from hathor_rt.headless.chirp import ChirpPlan, chirps_of
from hathor_rt.headless.mark_track import Marking, PlacedMark
from hathor_rt.headless.marks import MarksBetween, chirp_marks, clicks
from hathor_rt.headless.schedule import FrameAt
from sync.units import Micros
from sync.wire.frames import SoundCheck

# Marks are placed this far ahead, so that they sound also when this program stands still for two seconds.
_AHEAD: Final = Micros(2_500_000)
# A mark that has just begun is told again: the clock may have moved it past what was rendered before it sounded.
_BEHIND: Final = Micros(100_000)

_log = structlog.get_logger("hathor.listen")


class SoundChecks:
    """The check that holds, if there is one."""

    def __init__(self) -> None:
        self._connection = ""
        self._epoch = ""
        self._number = 0
        # Invariant: `_marks` is there exactly while `_check` is, and concerns this device.
        self._check: SoundCheck | None = None
        self._marks: MarksBetween | None = None

    @property
    def kind(self) -> Literal["", "clicks", "chirps"]:
        """What is played instead of the music; empty: nothing."""
        return "" if self._check is None or self._check.kind == "none" else self._check.kind

    def begin(self, connection: str, epoch: str) -> None:
        """A connection was welcomed as `connection`, on the timebase `epoch`.

        A check that runs goes on until the server says what holds now; on another timebase its instants mean nothing.
        """
        if epoch != self._epoch:
            self._end()
        self._connection, self._epoch = connection, epoch

    def take(self, check: SoundCheck) -> None:
        """The newest check holds, or that there is none."""
        marks = self._marks_of(check)
        if marks is None:
            self._end()
            return
        if check == self._check:
            # Told again after a lost connection: what sounds goes on.
            return
        self._number += 1
        self._check, self._marks = check, marks
        _log.info("a sound check instead of the music", kind=check.kind, by=check.name)

    def marking(self, head_at: Micros, frame_at: FrameAt) -> Marking | None:
        """What the output plays instead of the music from its next frame on; None: the music.

        Args:
            head_at: The room instant at which the next frame is heard.
            frame_at: Which frame is heard at a room instant.
        """
        check, marks = self._check, self._marks
        if check is None or marks is None:
            return None
        if head_at >= check.ends_at:
            self._end()
            return None
        placed = [
            PlacedMark(mark.at, frame_at(mark.at), mark.sound)
            for mark in marks(Micros(head_at - _BEHIND), Micros(head_at + _AHEAD))
        ]
        return Marking(self._number, frame_at(Micros(check.ends_at)), tuple(placed))

    def silence(self) -> Marking | None:
        """The same while no instant can be told yet: silence where a check is on."""
        return None if self._check is None else Marking(self._number, float("inf"), ())

    def _marks_of(self, check: SoundCheck) -> MarksBetween | None:
        """What this device plays; None if `check` does not concern it."""
        if check.kind == "none":
            return None
        if check.kind == "clicks":
            return clicks(Micros(check.starts_at), Micros(check.ends_at))
        if self._connection not in (*check.devices, check.by):
            return None
        plan = ChirpPlan(Micros(check.starts_at), Micros(check.slot), check.rounds, check.devices)
        return chirp_marks([chirp for chirp in chirps_of(plan) if check.devices[chirp.device] == self._connection])

    def _end(self) -> None:
        if self._check is not None:
            _log.info("the sound check is over: music again")
        self._check = self._marks = None
