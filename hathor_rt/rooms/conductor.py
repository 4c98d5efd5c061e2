"""The one writer of a room's transport: decides what plays, since when, and what follows.

Pure: instants, the queue's order and the lead come in, a new `Transport` stands in `transport` afterwards. The arithmetic of
records is `sync.timeline.transport`; here are the rules of a room.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from hathor_rt.refusals import BadRequest
from hathor_rt.rooms.vibe_changes import VibeChanges
from sync.documents.queue import QueueEntry
from sync.refusal import NothingToPlay, UnknownEntry
from sync.timeline import transport as records
from sync.timeline.transport import Cue, Transport
from sync.units import Micros, SampleCount, micros_of_samples
from sync.wire.frames import Next, Pause, Play, Previous, ResetVibe, Seek, SetRate, SetVibe, TransportOrder

# A cold play waits at most this long for half of the listeners to hold the first segment.
COLD_WAIT: Final = Micros(500_000)
# "Previous" within this much of the start goes to the entry before; later it goes back to the start.
PREVIOUS_WINDOW: Final = Micros(3_000_000)
# A change on the beat waits so long to hear where the beats are: one look into the database.
BEATS_WITHIN: Final = Micros(200_000)


@dataclass(frozen=True, slots=True)
class _Start:
    """A cold play that waits for listeners until `deadline`."""

    deadline: Micros


class Conductor:
    """Holds the transport of one room. Not shared between rooms.

    Args:
        transport: Where the room is, already on the present timebase.
    """

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._queue: Sequence[QueueEntry] = ()
        self._frames: dict[str, SampleCount] = {}
        self._unplayable: set[str] = set()
        self._start: _Start | None = None
        self._vibe = VibeChanges()
        # Beats that were found last, and whose they are.
        self._beats: tuple[str, Sequence[Micros]] = ("", ())
        # While a change waits to hear of beats: whose, until when, and whether they were asked for.
        self._beats_awaited: tuple[str, Micros] | None = None
        self._is_beats_asked = False

    @property
    def is_starting(self) -> bool:
        """Whether a cold play waits for listeners."""
        return self._start is not None

    @property
    def is_playing(self) -> bool:
        """Whether the record says "playing" (a waiting cold play does not yet)."""
        return self.transport.status == "playing"

    def wanted_tracks(self) -> list[str]:
        """Tracks whose exact length must be found out: current and next."""
        cues = (self.transport.current, self.transport.next)
        return [cue.track for cue in cues if cue is not None and cue.frames == 0 and cue.track not in self._unplayable]

    def wake_at(self) -> Micros | None:
        """When `tick` must be called next even if nothing happens; None if time alone changes nothing."""
        if self._start is not None:
            return self._start.deadline
        vibe_at = self._vibe.wake_at() if self._beats_awaited is None else self._beats_awaited[1]
        due = (records.settle_due_at(self.transport) or self.transport.boundary_at, vibe_at)
        return min((instant for instant in due if instant is not None), default=None)

    # ── what people ask ──────────────────────────────────────────────────────────────────────────────────────────────

    def command(self, order: TransportOrder, now: Micros, lead: Micros, *, is_warm: bool) -> None:
        """Carry out `order`, effective at ``now + lead``.

        Args:
            order: What was asked.
            now: Present instant.
            lead: How far ahead the common instant must lie.
            is_warm: Enough listeners hold sound of the current position already; a resume need not wait.

        Raises:
            UnknownEntry: The entry is not in the queue.
            NothingToPlay: There is no current entry, or nothing follows.
            BadRequest: A position, tempo or pitch out of range.
        """
        start_at = Micros(now + lead)
        match order:
            case Play(entry=""):
                self._resume(now, start_at, is_warm=is_warm)
            case Play(entry=entry, position=position):
                cue = self._cue_of(entry)
                self._forgive(cue.track)
                self._cue_and_start(cue, Micros(max(0, position)), now)
            case Pause():
                self._start = None
                if self.is_playing:
                    self.transport = records.pause(self.transport, start_at)
            case Seek(position=position):
                self._seek(Micros(position), now, start_at)
            case Next():
                self._skip(self.transport.next, now, start_at)
            case Previous():
                self._previous(now, start_at)
            case SetVibe():
                self._turn(order, now, lead)
            case SetRate(permille=permille):
                self._turn(SetVibe(tempo_permille=permille), now, lead)
            case ResetVibe():
                self._beats_awaited = None
                self.transport = self._vibe.reset(self.transport, now, lead)
            case _:
                assert_never(order)
        self._choose_next(now)

    def stop(self, now: Micros) -> None:
        """Pause where the room is right now (nobody listens, or nobody did while there was no owner)."""
        self._start = None
        if self.is_playing:
            self.transport = records.pause(self.transport, now)

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────────

    def queue_changed(self, queue: Sequence[QueueEntry], now: Micros) -> None:
        """The queue is now `queue`, sorted by (order, entry)."""
        self._queue = queue
        current = self.transport.current
        if current is not None:
            moved = self._row_of(current)
            if moved is not None and moved.order != current.order:
                self.transport = replace(
                    self.transport, current=replace(current, order=moved.order), revision=self.transport.revision + 1
                )
        if self.transport.status == "empty" and queue:
            self.transport = records.cue_up(self.transport, self._cue(queue[0]), Micros(0), now)
        self._choose_next(now)

    def measured(self, track: str, frames: SampleCount, now: Micros) -> None:
        """The exact length of `track` is `frames`."""
        self._frames[track] = frames
        self._unplayable.discard(track)
        for cue in (self.transport.current, self.transport.next):
            if cue is not None and cue.track == track and cue.frames != frames:
                self.transport = records.with_frames(self.transport, cue.entry, frames)
        self._choose_next(now)

    def beats_wanted(self) -> str | None:
        """The track whose beats must be found out; told once."""
        if self._beats_awaited is None or self._is_beats_asked:
            return None
        self._is_beats_asked = True
        return self._beats_awaited[0]

    def heard_beats(self, track: str, beats: Sequence[Micros], now: Micros, lead: Micros) -> None:
        """Where the beats of `track` fall, ascending; empty if it has none, or nobody knows yet."""
        self._beats = (track, beats)
        if self._beats_awaited is not None and self._beats_awaited[0] == track:
            self._beats_awaited = None
            self._grant_vibe(now, lead)

    def unplayable(self, track: str, now: Micros, lead: Micros) -> None:
        """`track` cannot be played: what follows is chosen around it; if it is current, the room goes on to the next one."""
        self._unplayable.add(track)
        self._frames.pop(track, None)
        current = self.transport.current
        if self.transport.next is not None and self.transport.next.track == track:
            self.transport = replace(self.transport, is_settled=False)
        self._choose_next(now)
        if current is not None and current.track == track and (self.is_playing or self._start is not None):
            if self.transport.next is not None:
                self._skip(self.transport.next, now, Micros(now + lead))
                self._choose_next(now)
            else:
                self.stop(now)

    def tick(self, now: Micros, lead: Micros, *, is_warm: bool) -> None:
        """Do what time alone demands: begin a waiting start, pass the boundary, settle what follows."""
        if self._start is not None and (is_warm or now >= self._start.deadline):
            self._start = None
            self.transport = records.resume(self.transport, Micros(now + lead))
        boundary, upcoming = self.transport.boundary_at, self.transport.next
        if boundary is not None and now >= boundary:
            following = () if upcoming is None else tuple(self._all_following(upcoming))
            self.transport = records.advance(self.transport, now, following)
        self._grant_vibe(now, lead)
        self._choose_next(now)

    # ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _resume(self, now: Micros, start_at: Micros, *, is_warm: bool) -> None:
        if self.is_playing or self._start is not None:
            return
        current = self.transport.current
        if current is None:
            if not self._queue:
                raise NothingToPlay("the queue is empty: add a track first")
            self._cue_and_start(self._cue(self._queue[0]), Micros(0), now)
            return
        self._forgive(current.track)
        if self._is_at_end(current):
            self._cue_and_start(self.transport.next or current, Micros(0), now)
        elif is_warm:
            self.transport = records.resume(self.transport, start_at)
        else:
            self._start = _Start(Micros(now + COLD_WAIT))

    def _is_at_end(self, current: Cue) -> bool:
        return current.frames > 0 and self.transport.anchor.position >= micros_of_samples(current.frames)

    def _cue_and_start(self, cue: Cue, position: Micros, now: Micros) -> None:
        if cue.frames and position >= micros_of_samples(cue.frames):
            raise BadRequest("the position lies beyond the end of the track")
        self.transport = records.cue_up(self.transport, cue, position, now)
        self._start = _Start(Micros(now + COLD_WAIT))

    def _forgive(self, track: str) -> None:
        """Somebody wants to hear `track` although it could not be played: its file may be back, so it is measured anew."""
        self._unplayable.discard(track)

    def _seek(self, position: Micros, now: Micros, start_at: Micros) -> None:
        current = self._require_current()
        if position < 0 or (current.frames and position > micros_of_samples(current.frames)):
            raise BadRequest("the position lies outside the track")
        self.transport = records.seek(self.transport, position, start_at if self.is_playing else now)

    def _skip(self, cue: Cue | None, now: Micros, start_at: Micros) -> None:
        if cue is None:
            raise NothingToPlay("nothing follows in the queue")
        if self.is_playing:
            self.transport = records.play(self.transport, cue, Micros(0), start_at)
        else:
            was_starting = self._start is not None
            self.transport = records.cue_up(self.transport, cue, Micros(0), now)
            if was_starting:
                self._start = _Start(Micros(now + COLD_WAIT))

    def _turn(self, order: SetVibe, now: Micros, lead: Micros) -> None:
        current = self._require_current()
        self._vibe.ask(order, self.transport)
        is_known = self._beats[0] == current.track and bool(self._beats[1])
        if order.on_beat and self.is_playing and not is_known and self._beats_awaited is None:
            self._beats_awaited, self._is_beats_asked = (current.track, Micros(now + BEATS_WITHIN)), False
        self._grant_vibe(now, lead)

    def _grant_vibe(self, now: Micros, lead: Micros) -> None:
        if self._beats_awaited is not None and now < self._beats_awaited[1]:
            return
        self._beats_awaited = None
        track, beats = self._beats
        current = self.transport.current
        is_known = current is not None and current.track == track
        self.transport = self._vibe.grant(self.transport, now, lead, beats if is_known else ())

    def _previous(self, now: Micros, start_at: Micros) -> None:
        current = self._require_current()
        here = self.transport.anchor.position_at(now)
        before = self._before(current)
        if here > PREVIOUS_WINDOW or before is None:
            self.transport = records.seek(self.transport, Micros(0), start_at if self.is_playing else now)
        else:
            self._skip(before, now, start_at)

    def _require_current(self) -> Cue:
        if self.transport.current is None:
            raise NothingToPlay("nothing is chosen: add a track first")
        return self.transport.current

    def _cue_of(self, entry: str) -> Cue:
        row = next((row for row in self._queue if row.entry == entry), None)
        if row is None:
            raise UnknownEntry("this entry is no longer in the queue")
        return self._cue(row)

    def _cue(self, row: QueueEntry) -> Cue:
        return Cue(row.entry, row.track, row.order, self._frames.get(row.track, SampleCount(0)))

    def _all_following(self, cue: Cue) -> Iterator[Cue]:
        for index in range(self._place_after(cue), len(self._queue)):
            row = self._queue[index]
            if row.track not in self._unplayable:
                yield self._cue(row)

    def _before(self, current: Cue) -> Cue | None:
        for row in reversed(self._queue[: self._place_after(current)]):
            if row.entry != current.entry and row.track not in self._unplayable:
                return self._cue(row)
        return None

    def _row_of(self, cue: Cue) -> QueueEntry | None:
        """The entry of `cue` as it stands now, wherever it was moved."""
        place = self._place_after(cue)
        # Usually it is where it was: nothing need be looked through.
        if place and self._queue[place - 1].entry == cue.entry:
            return self._queue[place - 1]
        return next((row for row in self._queue if row.entry == cue.entry), None)

    def _place_after(self, cue: Cue) -> int:
        return bisect_right(self._queue, (cue.order, cue.entry), key=lambda row: (row.order, row.entry))

    def _choose_next(self, now: Micros) -> None:
        """Keep `next` in step with the queue until it is settled; then it stays, whatever happens to the queue."""
        current = self.transport.current
        if current is None:
            return
        self.transport = records.expect(self.transport, next(self._all_following(current), None))
        due = records.settle_due_at(self.transport)
        if due is not None and now >= due:
            self.transport = records.settle(self.transport, self.transport.next)
