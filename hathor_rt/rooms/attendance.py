"""Who is in the room: participants as the server attests them, and who is host when the host is gone.

Pure. Changes are collected and handed out as one `People` frame per tick; reports of playing quality are thinned out, so a room
of a hundred listeners does not talk about itself all the time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from hathor_rt.ids import ConnectionId, PrincipalId, RoomId
from hathor_rt.rooms.ports import Visitor
from sync.documents.presence import Presence
from sync.timeline.lead import ListenerReport
from sync.units import Micros
from sync.wire.frames import Participant, People, Report

# Without any host for this long, the guest who has been here longest becomes one: a phone's short absence changes nothing.
SUCCESSION_AFTER: Final = Micros(60_000_000)
# A participant's quality is told to the others at most this often, unless its state changes.
QUALITY_EVERY: Final = Micros(2_000_000)


@dataclass(slots=True)
class Attendee:
    """One connection in the room."""

    visitor: Visitor
    role: str
    sound: bool
    joined_at: Micros
    report: Report | None = None
    told_at: int = 0

    def holds(self, entry: str) -> bool:
        """Whether it has said that it holds sound for the present position of `entry`."""
        return self.report is not None and self.report.first_segment and self.report.entry == entry


class Attendance:
    """The attendees of one room."""

    def __init__(self, room: RoomId) -> None:
        self._room = room
        self._attendees: dict[ConnectionId, Attendee] = {}
        self._presence: Presence[Participant] = Presence()
        self._no_host_since: Micros | None = None
        self._silent_since: Micros | None = None

    def __len__(self) -> int:
        return len(self._attendees)

    def __contains__(self, connection: ConnectionId) -> bool:
        return connection in self._attendees

    def __getitem__(self, connection: ConnectionId) -> Attendee:
        return self._attendees[connection]

    def __iter__(self) -> Iterator[Attendee]:
        return iter(tuple(self._attendees.values()))

    @property
    def connections(self) -> tuple[ConnectionId, ...]:
        """Everybody, in order of joining."""
        return tuple(self._attendees)

    @property
    def checked(self) -> tuple[ConnectionId, ...]:
        """Those whose clients take part in sound checks, in order of joining."""
        return tuple(connection for connection, each in self._attendees.items() if each.visitor.checks)

    @property
    def listeners(self) -> int:
        """Connections that play sound."""
        return sum(attendee.sound for attendee in self._attendees.values())

    @property
    def names(self) -> tuple[str, ...]:
        """What the people here are called, each once however many devices they have, who came first first."""
        return tuple({each.visitor.principal: each.visitor.name for each in self._attendees.values()}.values())

    @property
    def silent_since(self) -> Micros | None:
        """Since when nobody listens; None while somebody does."""
        return self._silent_since

    def join(self, visitor: Visitor, role: str, now: Micros, *, sound: bool) -> None:
        """Take `visitor` in, or let it change how it takes part. Who comes in again keeps its seniority."""
        before = self._attendees.get(visitor.connection)
        joined_at = now if before is None else before.joined_at
        attendee = self._attendees[visitor.connection] = Attendee(visitor, role, sound, joined_at)
        self._tell(attendee)
        self.note(now)

    def leave(self, connection: ConnectionId, now: Micros) -> None:
        """Forget a connection."""
        if self._attendees.pop(connection, None) is not None:
            self._presence.drop(connection)
            self.note(now)

    def set_sound(self, connection: ConnectionId, now: Micros, *, sound: bool) -> None:
        """A participant becomes a listener or ceases to be one."""
        attendee = self._attendees[connection]
        if attendee.sound != sound:
            attendee.sound = sound
            attendee.report = None
            self._tell(attendee)
            self.note(now)

    def set_role(self, principal: PrincipalId, role: str, now: Micros) -> None:
        """Every connection of `principal` has `role` now."""
        for attendee in self._of(principal):
            attendee.role = role
            self._tell(attendee)
        self.note(now)

    def rename(self, principal: PrincipalId, name: str) -> None:
        """Every connection of `principal` goes by `name` now."""
        for attendee in self._of(principal):
            attendee.visitor = replace(attendee.visitor, name=name)
            self._tell(attendee)

    def report(self, connection: ConnectionId, report: Report, now: Micros) -> None:
        """Remember how well a listener plays; tell the others when it matters."""
        attendee = self._attendees[connection]
        before = attendee.report
        attendee.report = report
        if before is None or before.state != report.state or now - attendee.told_at >= QUALITY_EVERY:
            attendee.told_at = now
            self._tell(attendee)

    def role_of(self, principal: PrincipalId) -> str | None:
        """The role a principal has in here; None if it is not here."""
        return next((attendee.role for attendee in self._of(principal)), None)

    def connections_of(self, principal: PrincipalId) -> tuple[ConnectionId, ...]:
        """All connections of one principal."""
        return tuple(attendee.visitor.connection for attendee in self._of(principal))

    def listener_reports(self) -> tuple[ListenerReport, ...]:
        """What the lead is computed from."""
        attendees = self._attendees.values()
        return tuple(each.report for each in attendees if each.sound and each.report is not None)

    def is_warm(self, entry: str) -> bool:
        """Whether at least half of the listeners can play `entry` at once (true in an empty room: nobody to wait for)."""
        ready = sum(attendee.holds(entry) for attendee in self._attendees.values() if attendee.sound)
        return ready * 2 >= self.listeners

    # ── succession and silence ───────────────────────────────────────────────────────────────────────────────────────

    def note(self, now: Micros) -> None:
        """Bring the "since" instants up to date; called by every change."""
        has_host = any(attendee.role == "host" for attendee in self._attendees.values())
        if has_host or not self._attendees:
            self._no_host_since = None
        elif self._no_host_since is None:
            self._no_host_since = now
        if self.listeners:
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = now

    def restart_silence(self, now: Micros) -> None:
        """Somebody acts: if nobody listens, the silence is counted anew from here."""
        if self._silent_since is not None:
            self._silent_since = now

    def succession_at(self) -> Micros | None:
        """When somebody must become host if none has come until then."""
        return None if self._no_host_since is None else Micros(self._no_host_since + SUCCESSION_AFTER)

    def heir(self) -> PrincipalId | None:
        """Who has been here longest."""
        eldest = min(self._attendees.values(), key=lambda attendee: attendee.joined_at, default=None)
        return None if eldest is None else eldest.visitor.principal

    # ── presence on the wire ─────────────────────────────────────────────────────────────────────────────────────────

    def everybody(self) -> People:
        """The full list, for someone who just came."""
        return People(self._room, True, list(self._presence.everyone()), [])

    def changes(self) -> People | None:
        """What changed since the last call; None if nothing did."""
        changes = self._presence.take_changes()
        return None if changes is None else People(self._room, False, list(changes.present), list(changes.gone))

    def _tell(self, attendee: Attendee) -> None:
        self._presence.put(attendee.visitor.connection, _participant(attendee))

    def _of(self, principal: PrincipalId) -> list[Attendee]:
        return [each for each in self._attendees.values() if each.visitor.principal == principal]


def _participant(attendee: Attendee) -> Participant:
    visitor, report = attendee.visitor, attendee.report
    known = Participant(
        visitor.connection,
        visitor.principal,
        visitor.name,
        attendee.role,
        visitor.device,
        attendee.sound,
        checks=visitor.checks,
    )
    if report is None:
        return known
    return msgspec.structs.replace(
        known,
        state=report.state,
        playback_error=report.playback_error,
        clock_error=report.clock_error,
        coarse=report.coarse,
    )
