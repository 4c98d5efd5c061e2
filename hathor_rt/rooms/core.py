"""Every decision of a room, as a plain object: an event and an instant go in, a tick of records and effects comes out.

No I/O, no clock, no randomness: so a room is tested as a table and simulated for hours of virtual time in seconds. The owner
task (`room.py`) commits the tick's records as one unit and only then carries out its effects: commit, then publish.
What concerns the documents stands in `documents.py`, who is here in `attendance.py`, what plays in `conductor.py`.
"""

from collections.abc import Iterable
from typing import Final, assert_never

from hathor_rt.documents.effects import Publish, Send
from hathor_rt.documents.ports import Visitor
from hathor_rt.ids import ConnectionId, PrincipalId, TrackId
from hathor_rt.rooms.attendance import Attendance, Attendee
from hathor_rt.rooms.conductor import Conductor
from hathor_rt.rooms.documents import RoomDocuments
from hathor_rt.rooms.effects import Effect, FindBeats, Measure, Promote, Reinstate, Tick, Unseat, Warm
from hathor_rt.rooms.events import (
    BeatsFound,
    Departed,
    Event,
    Expelled,
    Followed,
    Joined,
    Measured,
    Opening,
    Reconfigured,
    Renamed,
    SoundChanged,
    Submitted,
    TracksAppended,
    Unplayable,
)
from hathor_rt.rooms.permissions import Action, permitted, require
from hathor_rt.rooms.sound_check import SoundChecks
from hathor_rt.rooms.vibe_rights import VibeRights
from hathor_rt.storage.ports import RoomRecord
from sync.refusal import Refusal
from sync.timeline.lead import start_lead
from sync.timeline.transport import Transport
from sync.units import Micros
from sync.wire.frames import (
    CheckOrder,
    Close,
    Command,
    Done,
    Entered,
    FromServer,
    Left,
    Refused,
    Report,
    ResetVibe,
    SetRate,
    SetVibe,
    TransportOrder,
    Update,
)

# After this long without a listener the room pauses where it is.
SILENCE_PAUSES_AFTER: Final = Micros(30_000_000)


class RoomCore:
    """The state of one open room. Owned by exactly one task.

    Args:
        record: The room as kept.
        documents: Its documents; owned by the core from now on.
        transport: What plays, already re-anchored to this owner's timebase and term.
        now: Present instant.
    """

    def __init__(self, record: RoomRecord, documents: RoomDocuments, transport: Transport, now: Micros) -> None:
        self.record = record
        self.documents: Final = documents
        self.attendance: Final = Attendance(record.room)
        self.attendance.note(now)
        self._followers: dict[ConnectionId, Followed] = {}
        self._measuring: set[str] = set()
        self._awaiting_start: list[tuple[ConnectionId, int]] = []
        self._draft = documents.draft
        self._conductor = Conductor(transport)
        self._checks = SoundChecks(record.room)
        self._vibe_rights = VibeRights()
        # Who turned the vibe last.
        self._bent_by: PrincipalId | None = None
        self._written: Transport | None = None
        self._conductor.queue_changed(documents.entries, now)
        # Whether the queue changed since the conductor looked at it.
        self._is_queue_new = False

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def transport(self) -> Transport:
        """What plays."""
        return self._conductor.transport

    def close(self) -> None:
        """Free the documents. The core must not be used afterwards."""
        self.documents.close()

    def holds(self, track: TrackId) -> bool:
        """Whether the track is in the queue or playing."""
        cues = (self.transport.current, self.transport.next)
        if any(cue is not None and cue.track == track for cue in cues):
            return True
        return any(row.track == track for row in self.documents.entries)

    def wake_at(self) -> Micros | None:
        """When `finish_tick` must be called even if no event comes."""
        silent = self.attendance.silent_since
        instants = [
            self._conductor.wake_at(),
            self._checks.wake_at(),
            self.attendance.succession_at() if self.record.owner else None,
            Micros(silent + SILENCE_PAUSES_AFTER) if silent is not None and self._conductor.is_playing else None,
        ]
        return min((instant for instant in instants if instant is not None), default=None)

    def sits(self, connection: ConnectionId) -> bool:
        """Whether it takes part, or follows a document."""
        return connection in self.attendance or connection in self._followers

    def visitor(self, connection: ConnectionId) -> Visitor:
        """Who sits there."""
        follower = self._followers.get(connection)
        return self.attendance[connection].visitor if follower is None else follower.visitor

    def news_for(self, connection: ConnectionId) -> FromServer | None:
        """What a participant who was behind must hear besides the documents it follows."""
        return self.attendance.everybody() if connection in self.attendance else None

    # ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def learn_tracks(self, existing: Iterable[str]) -> None:
        """These tracks exist in the library."""
        self.documents.learn_tracks(existing)

    def handle(self, event: Event, now: Micros) -> None:
        """Take one event in. What follows from it is in the next `finish_tick`.

        Raises:
            TracksWanted, ClientIdWanted: See there; the event is to be handled again.
            UpdateTooLarge: `TracksAppended` does not fit the queue; nothing has changed.
        """
        match event:
            case Joined():
                self._join(event, now)
            case Followed(visitor=visitor):
                self._followers[visitor.connection] = event
            case SoundChanged(connection=connection, sound=sound):
                if connection in self.attendance:
                    self.attendance.set_sound(connection, now, sound=sound)
            case Departed(connection=connection):
                self._depart(connection, now)
            case Opening():
                self._open(event)
            case Submitted(connection=connection, frame=frame):
                if connection in self.attendance:
                    self._submit(self.attendance[connection], frame, now)
                elif connection in self._followers and isinstance(frame, Update):
                    follower = self._followers[connection]
                    self._update(follower.visitor, follower.role, frame, now)
            case Measured(track=track, frames=frames):
                self._show_queue(now)
                self._measuring.discard(track)
                self._conductor.measured(track, frames, now)
            case BeatsFound(track=track, beats=beats):
                self._conductor.heard_beats(track, beats, now, self._lead())
            case Unplayable(track=track):
                self._show_queue(now)
                self._measuring.discard(track)
                self._conductor.unplayable(track, now, self._lead())
            case TracksAppended():
                self.documents.append(event)
                self.learn_tracks(event.tracks)
                self._note_queue(now)
            case Reconfigured(record=record):
                self._reconfigure(record)
            case Expelled():
                self._expel(event, now)
            case Renamed(principal=principal, name=name):
                self.attendance.rename(principal, name)
            case _:
                assert_never(event)

    def finish_tick(self, now: Micros) -> Tick:
        """Close the batch: one update per changed document, the transport if it changed, presence; then start anew."""
        self._show_queue(now)
        self._keep_house(now)
        self._conductor.tick(now, self._lead(), is_warm=self._is_warm())
        self.documents.flush()
        if self.documents.rebalance():
            self._is_queue_new = True
            self._show_queue(now)
        self._write_transport()
        self._answer_commands()
        self._tell_presence()
        self._tell_check(now)
        self._ask_for_lengths()
        wanted = self._conductor.beats_wanted()
        if wanted is not None:
            self._draft.effects.append(FindBeats(TrackId(wanted)))
        self.documents.finish()
        tick = Tick(tuple(self._draft.records), tuple(self._draft.effects))
        self._draft.records.clear()
        self._draft.effects.clear()
        return tick

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _join(self, event: Joined, now: Micros) -> None:
        visitor, role = event.visitor, event.role
        if role != "host" and self.attendance.role_of(visitor.principal) == "host":
            # Promoted between the look at the membership and now: both devices of one principal have one role, and
            # what entering wrote into the membership is put right.
            role = "host"
            self._draft.effects.append(Promote(visitor.principal, role))
        is_stand_in = role == "host" and visitor.principal != self.record.owner
        if is_stand_in and self.attendance.role_of(self.record.owner) is not None:
            role = "guest"
            self._draft.effects.append(Reinstate(self.record.owner))
        self.attendance.join(visitor, role, now, sound=event.sound)
        self._draft.effects.append(Send(visitor.connection, self._entered(role)))
        self._draft.effects.append(Send(visitor.connection, self.attendance.everybody()))
        if visitor.checks:  # also that there is none: a check may have ended while its connection was away
            self._draft.effects.append(Send(visitor.connection, self._checks.running))
        if visitor.principal == self.record.owner:
            self._reinstate(visitor.principal, now)

    def _reinstate(self, owner: PrincipalId, now: Micros) -> None:
        """Succession lasts as long as the owner is away."""
        self._draft.effects.append(Reinstate(owner))
        stand_ins = {each.visitor.principal for each in self.attendance if each.role == "host"} - {owner}
        for principal in stand_ins:
            self.attendance.set_role(principal, "guest", now)
            for connection in self.attendance.connections_of(principal):
                self._draft.effects.append(Send(connection, self._entered("guest")))

    def _entered(self, role: str) -> Entered:
        return Entered(self.record.room, self.record.name, role, sorted(permitted(role, self.record)))

    def _depart(self, connection: ConnectionId, now: Micros) -> None:
        self.documents.depart(connection)
        self._drop_effects_for(connection)
        self._checks.depart(connection)
        self._awaiting_start = [pair for pair in self._awaiting_start if pair[0] != connection]
        if self._followers.pop(connection, None) is None:
            self.attendance.leave(connection, now)

    def _drop_effects_for(self, connection: ConnectionId) -> None:
        """What this tick meant for somebody who left within it: the same connection may be in again before it is sent."""
        kept: list[Effect] = []
        for effect in self._draft.effects:
            match effect:
                case Send(connection=reader) if reader == connection:
                    continue
                case Publish(connections=readers, frame=frame) if connection in readers:
                    kept.append(Publish(tuple(reader for reader in readers if reader != connection), frame))
                case _:
                    kept.append(effect)
        self._draft.effects[:] = kept

    def _expel(self, event: Expelled, now: Micros) -> None:
        following = [each for each, who in self._followers.items() if who.visitor.principal == event.principal]
        for connection in (*self.attendance.connections_of(event.principal), *following):
            self._depart(connection, now)
            self._draft.effects.append(Send(connection, Left(self.record.room, event.code, event.reason)))
            self._draft.effects.append(Unseat(connection))

    def _reconfigure(self, record: RoomRecord) -> None:
        self.record = record
        for attendee in self.attendance:
            self._draft.effects.append(Send(attendee.visitor.connection, self._entered(attendee.role)))

    def _keep_house(self, now: Micros) -> None:
        silent = self.attendance.silent_since
        if silent is not None and now - silent >= SILENCE_PAUSES_AFTER:
            self._conductor.stop(now)
        succession = self.attendance.succession_at()
        heir = self.attendance.heir()
        # A room that belongs to the server (the demo room) has no host to succeed.
        if succession is not None and now >= succession and heir is not None and self.record.owner:
            self.attendance.set_role(heir, "host", now)
            self._draft.effects.append(Promote(heir, "host"))
            for connection in self.attendance.connections_of(heir):
                self._draft.effects.append(Send(connection, self._entered("host")))

    def _tell_presence(self) -> None:
        people = self.attendance.changes()
        if people is not None and len(self.attendance):
            self._draft.effects.append(Publish(self.attendance.connections, people))

    def _tell_check(self, now: Micros) -> None:
        self._checks.tick(now)
        news = self._checks.news(self.attendance)
        if news is not None:
            self._draft.effects.append(news)

    # ── what people send ─────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, event: Opening) -> None:
        if not self.sits(event.connection):
            return
        try:
            self.documents.open(event)
        except Refusal as refusal:
            self._refuse(event.connection, "open", event.frame.document, 0, refusal)

    def _submit(self, attendee: Attendee, frame: Close | Update | Command | Report, now: Micros) -> None:
        connection = attendee.visitor.connection
        match frame:
            case Close():
                self.documents.shut(connection, frame)
            case Update():
                self._update(attendee.visitor, attendee.role, frame, now)
            case Command():
                self._command(attendee, frame, now)
            case Report():
                self.attendance.report(connection, frame, now)
            case _:
                assert_never(frame)

    def _update(self, visitor: Visitor, role: str, frame: Update, now: Micros) -> None:
        try:
            has_changed = self.documents.update(visitor, role, self.record, frame)
        except Refusal as refusal:
            self.documents.refuse(visitor.connection, frame, refusal)
        else:
            if has_changed:
                self._note_queue(now)

    def _command(self, attendee: Attendee, frame: Command, now: Micros) -> None:
        connection, order = attendee.visitor.connection, frame.order
        if isinstance(order, CheckOrder):
            self._check(attendee, order, frame.seq, now)
            return
        try:
            require(attendee.role, self.record, _right_of(order))
            self._show_queue(now)
            if isinstance(order, SetVibe | SetRate):
                self._vibe_rights.allow(attendee.visitor.principal, attendee.role, now)
            self._conductor.command(order, now, self._lead(), is_warm=self._is_warm())
        except Refusal as refusal:
            self._refuse(connection, "command", self.record.room, frame.seq, refusal)
        else:
            if isinstance(order, SetVibe | SetRate | ResetVibe):
                self._bent_by = attendee.visitor.principal
            if isinstance(order, ResetVibe):
                self._vibe_rights.reset(now)
            self._awaiting_start.append((connection, frame.seq))
            # Whoever controls a room without listeners may be about to bring one.
            self.attendance.restart_silence(now)

    def _check(self, attendee: Attendee, order: CheckOrder, seq: int, now: Micros) -> None:
        connection = attendee.visitor.connection
        try:
            told = self._checks.order(order, attendee, self.attendance, self.record, now, self._lead())
        except Refusal as refusal:
            self._refuse(connection, "command", self.record.room, seq, refusal)
        else:
            if told is not None:
                self._draft.effects.append(told)
            self._draft.effects.append(Send(connection, Done(self.record.room, seq)))

    def refuse_update(self, connection: ConnectionId, frame: Update, refusal: Refusal) -> None:
        """Answer an update that could not be judged: its tracks do not exist, or nobody can tell now."""
        self.documents.refuse(connection, frame, refusal)

    def _refuse(self, connection: ConnectionId, about: str, subject: str, seq: int, refusal: Refusal) -> None:
        self._draft.effects.append(Send(connection, Refused(about, subject, seq, refusal.code, refusal.reason)))

    # ── what plays ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _note_queue(self, now: Micros) -> None:
        """The queue changed. An empty room takes the first entry at once; a choice that can wait is made once a tick."""
        self._is_queue_new = True
        if self.transport.status == "empty":
            self._show_queue(now)

    def _show_queue(self, now: Micros) -> None:
        """Have the conductor know the queue, before it is asked anything."""
        if self._is_queue_new:
            self._is_queue_new = False
            self._conductor.queue_changed(self.documents.entries, now)

    def _is_warm(self) -> bool:
        """Whether enough listeners can start at once. What they report of another entry does not count."""
        current = self.transport.current
        return self.attendance.is_warm("" if current is None else current.entry)

    def _write_transport(self) -> None:
        transport, former = self._conductor.transport, self._written
        if transport == former:
            return
        self._written = transport
        is_bent = former is not None and former.vibe != transport.vibe
        self.documents.write_transport(transport, self._bent_by if is_bent else None)
        if transport.current is not None:
            here = Warm(TrackId(transport.current.track), transport.anchor.position, transport.vibe)
            self._draft.effects.append(here)
        if transport.next is not None and (former is None or former.next != transport.next):
            self._draft.effects.append(Warm(TrackId(transport.next.track), Micros(0), transport.vibe))

    def _answer_commands(self) -> None:
        if not self._conductor.is_starting:
            for connection, seq in self._awaiting_start:
                self._draft.effects.append(Send(connection, Done(self.record.room, seq)))
            self._awaiting_start.clear()

    def _ask_for_lengths(self) -> None:
        for track in self._conductor.wanted_tracks():
            if track not in self._measuring:
                self._measuring.add(track)
                self._draft.effects.append(Measure(TrackId(track)))

    def _lead(self) -> Micros:
        return start_lead(self.attendance.listener_reports())


def _right_of(order: TransportOrder) -> Action:
    match order:
        case SetVibe() | SetRate():
            return "vibe"
        case ResetVibe():
            return "reset-vibe"
        case _:
            return "control"
