"""The sound check of a room: clicks on all devices at once, or a chirp of each in turn for a microphone that measures them.

Pure. One check runs at a time and ends by itself; nothing of it is kept. What a measurement found may be told to the devices
that took part in it by whoever measured, once each, and each device decides itself what to do about it.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from hathor_rt.documents.effects import Publish, Send
from hathor_rt.ids import ConnectionId, RoomId
from hathor_rt.refusals import BadRequest, CheckRunning, TooMany, UnknownDevice
from hathor_rt.rooms.attendance import Attendance, Attendee
from hathor_rt.rooms.permissions import require
from hathor_rt.storage.ports import RoomRecord
from sync.refusal import NotAllowed
from sync.units import Micros
from sync.wire.frames import Adjust, Adjusted, CheckOrder, SoundCheck, StartChirps, StartClicks, StopCheck

# Long enough to walk from one speaker to the next and to listen.
CLICKS_FOR: Final = Micros(30_000_000)
# Wireless speakers are up to 0.7 s late: within a slot nobody's chirp is taken for that of the next device.
SLOT: Final = Micros(1_000_000)
# A median needs three; every further round costs a second for each device.
ROUNDS: Final = 3
# The music fades, and its echo with it, before the first chirp.
HUSH: Final = Micros(1_500_000)
# Three rounds of twelve take 36 s; nobody sits through more.
MOST_DEVICES: Final = 12
# A check takes everybody's music away: so many a minute are a calibration, more are a nuisance.
MOST_STARTS: Final = 6
STARTS_WITHIN: Final = Micros(60_000_000)
# A preview is read and confirmed within this time, or measured anew.
APPLIED_WITHIN: Final = Micros(600_000_000)
# From the least offset that a device can have to the largest one.
LARGEST_CHANGE: Final = 6_000_000


@dataclass(slots=True)
class _Findings:
    """Who measured, which devices may still be told about it, and until when."""

    by: ConnectionId
    devices: set[ConnectionId]
    until: Micros


class SoundChecks:
    """The sound check of one room, if there is one.

    Args:
        room: The room's code, for frames.
    """

    def __init__(self, room: RoomId) -> None:
        # Invariant: while a check runs, its `ends_at` lies ahead (up to one tick).
        self.running = _none(room)
        self._room = room
        self._starts: deque[Micros] = deque(maxlen=MOST_STARTS)
        self._findings: _Findings | None = None
        self._is_news = False

    def wake_at(self) -> Micros | None:
        """When the running check is over."""
        return None if self.running.kind == "none" else Micros(self.running.ends_at)

    def order(
        self, order: CheckOrder, asker: Attendee, attendance: Attendance, record: RoomRecord, now: Micros, lead: Micros
    ) -> Send | None:
        """Carry out `order`; what it means for all is in `news`.

        Args:
            order: What was asked.
            asker: Who asked.
            attendance: Everybody here.
            record: The room's settings, for permissions.
            now: Present instant.
            lead: How far ahead a common instant must lie.

        Returns:
            What one device must be told, if anything.

        Raises:
            NotAllowed: The role does not permit it; or the asker measured nothing that could be applied.
            CheckRunning: There is one already.
            TooMany: `MOST_STARTS` within `STARTS_WITHIN`.
            UnknownDevice: A device that is not here, plays no sound or takes no part.
            BadRequest: Fewer than two devices or more than `MOST_DEVICES`, or a change beyond what an offset can be.
        """
        by = asker.visitor.connection
        if not (isinstance(order, StopCheck) and self.running.by == by):
            require(asker.role, record, "calibrate")
        match order:
            case StartClicks():
                self._allow_start(now)
                self._begin(_clicks(self._room, asker, Micros(now + lead)), now)
            case StartChirps(devices=devices):
                self._allow_start(now)
                check = _chirps(self._room, asker, _audible(devices, attendance), Micros(now + lead + HUSH))
                self._begin(check, now)
                self._findings = _Findings(
                    by, {ConnectionId(each) for each in check.devices}, Micros(check.ends_at + APPLIED_WITHIN)
                )
            case StopCheck():
                self._end()
            case Adjust():
                return self._adjust(order, asker, attendance, now)
            case _:
                assert_never(order)
        return None

    def depart(self, connection: ConnectionId) -> None:
        """A connection is gone: without its microphone a measurement is over; clicks go on."""
        if self.running.kind == "chirps" and self.running.by == connection:
            self._end()
        if self._findings is not None:
            self._findings.devices.discard(connection)
            if self._findings.by == connection:
                self._findings = None

    def tick(self, now: Micros) -> None:
        """End what is over."""
        if self.running.kind != "none" and now >= self.running.ends_at:
            self._end()

    def news(self, attendance: Attendance) -> Publish | None:
        """What everybody who takes part must be told since the last call; None if nothing changed."""
        is_news, self._is_news = self._is_news, False
        checked = attendance.checked
        return Publish(checked, self.running) if is_news and checked else None

    def _allow_start(self, now: Micros) -> None:
        if self.running.kind != "none":
            raise CheckRunning("a sound check runs already; it ends by itself, or is stopped")
        if len(self._starts) == MOST_STARTS and now - self._starts[0] < STARTS_WITHIN:
            raise TooMany("there were many sound checks within a minute; wait a little")

    def _begin(self, check: SoundCheck, now: Micros) -> None:
        self._starts.append(now)
        self.running = check
        self._is_news = True

    def _end(self) -> None:
        if self.running.kind != "none":
            self.running = _none(self._room)
            self._is_news = True

    def _adjust(self, order: Adjust, asker: Attendee, attendance: Attendance, now: Micros) -> Send:
        visitor, device, findings = asker.visitor, ConnectionId(order.device), self._findings
        if abs(order.change) > LARGEST_CHANGE:
            raise BadRequest("an offset changes by at most 6 seconds")
        if findings is None or findings.by != visitor.connection or now > findings.until:
            raise NotAllowed("only who has just measured the devices may apply what was found")
        if device not in attendance or device not in findings.devices:
            raise UnknownDevice("this device left, was not measured, or was told already")
        findings.devices.discard(device)
        return Send(device, Adjusted(self._room, visitor.connection, visitor.name, order.change))


def _none(room: RoomId) -> SoundCheck:
    return SoundCheck(room, "none", "", "", 0, 0, [], 0, 0)


def _clicks(room: RoomId, asker: Attendee, starts_at: Micros) -> SoundCheck:
    visitor = asker.visitor
    return SoundCheck(room, "clicks", visitor.connection, visitor.name, starts_at, starts_at + CLICKS_FOR, [], 0, 0)


def _chirps(room: RoomId, asker: Attendee, devices: list[str], starts_at: Micros) -> SoundCheck:
    visitor = asker.visitor
    # One slot more: the last chirp may be late, too.
    ends_at = starts_at + (ROUNDS * len(devices) + 1) * SLOT
    return SoundCheck(room, "chirps", visitor.connection, visitor.name, starts_at, ends_at, devices, SLOT, ROUNDS)


def _audible(devices: list[str], attendance: Attendance) -> list[str]:
    """`devices`, each once, if all of them can be heard. Raises what `SoundChecks.order` says."""
    wanted = list(dict.fromkeys(devices))
    if not 2 <= len(wanted) <= MOST_DEVICES:
        raise BadRequest(f"a measurement compares 2 to {MOST_DEVICES} devices, not {len(wanted)}")
    here: Mapping[str, Attendee] = {each.visitor.connection: each for each in attendance}
    for each in wanted:
        if each not in here or not here[each].sound or not here[each].visitor.checks:
            raise UnknownDevice("one of the devices left, plays no sound, or takes no part in sound checks")
    return wanted
