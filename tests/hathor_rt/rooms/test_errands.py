"""Errands of a room: what fails for a moment is tried again, what fails for good is told."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.ids import PrincipalId, RoomId, TrackId
from hathor_rt.refusals import DamagedFile, Overloaded, StorageDown, StorageFull, TrackUnavailable
from hathor_rt.rooms.errands import Errands
from hathor_rt.rooms.events import BeatsFound, Event, Measured, Unplayable
from hathor_rt.storage.memory.opening import open_memory
from hathor_rt.storage.ports import Invite, Membership, RoomRecord, Storage
from sync.refusal import Refusal
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import SAMPLE_RATE, Micros, SampleCount
from tests.fakes.rooms_world import FakeRecordings, VirtualTimebase
from tests.fakes.storage import Faults, faulty

ROOM = RoomId("r1")
ANN = PrincipalId("ann")


@dataclass(slots=True)
class MoodyRecordings(FakeRecordings):
    """Refuses with `moods` first, one a call."""

    moods: list[Refusal] = field(default_factory=list)
    hold_seconds: float = 0.0

    def _refuse(self) -> None:
        if self.moods:
            raise self.moods.pop(0)

    async def frames(self, track: TrackId) -> SampleCount:
        self._refuse()
        return await FakeRecordings.frames(self, track)

    async def warm(self, track: TrackId, position: Micros, vibe: Vibe = PLAIN) -> None:
        self._refuse()
        await FakeRecordings.warm(self, track, position, vibe)

    async def beats(self, track: TrackId) -> Sequence[Micros]:
        self._refuse()
        return await FakeRecordings.beats(self, track)

    async def hold(self, room: RoomId, track: TrackId | None) -> None:
        self._refuse()
        await trio.sleep(self.hold_seconds)
        await FakeRecordings.hold(self, room, track)


@dataclass(slots=True)
class Desk:
    """Errands with everything they touch."""

    errands: Errands
    storage: Storage
    faults: Faults
    recordings: MoodyRecordings
    timebase: VirtualTimebase
    inbox: list[Event]
    nursery: trio.Nursery


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    storage, faults = faulty(open_memory())
    record = RoomRecord(ROOM, "Friday", PrincipalId("hana"), Micros(0), False, False, False, False)
    await storage.rooms.create(record, Invite("token", ROOM, "guest", None, False))
    recordings, timebase = MoodyRecordings({"t0": 10.0}), VirtualTimebase()
    inbox: list[Event] = []

    async def put(event: Measured | Unplayable | BeatsFound) -> None:
        await trio.lowlevel.checkpoint()
        inbox.append(event)

    errands = Errands(ROOM, storage.rooms, recordings, timebase, put=put)
    async with trio.open_nursery() as nursery:
        yield Desk(errands, storage, faults, recordings, timebase, inbox, nursery)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("mood", [StorageDown("no"), StorageFull("no"), Overloaded("no")])
async def test_a_track_is_not_given_up_because_storage_is_away_for_a_moment(
    mood: Refusal, autojump_clock: MockClock
) -> None:
    async with desk() as at:
        at.recordings.moods = [mood, mood]
        await at.errands.measure(TrackId("t0"))
        assert at.inbox == [Measured(TrackId("t0"), SampleCount(10 * SAMPLE_RATE))]


async def test_a_damaged_track_is_told_to_the_room(autojump_clock: MockClock) -> None:
    async with desk() as at:
        at.recordings.moods = [DamagedFile("noise")]
        await at.errands.measure(TrackId("t0"))
        await at.errands.measure(TrackId("t9"))
        assert at.inbox == [
            Unplayable(TrackId("t0"), "damaged-file", "noise"),
            Unplayable(TrackId("t9"), "unknown-track", "not in the library"),
        ]


async def test_a_refused_warming_is_nobodys_end(autojump_clock: MockClock) -> None:
    async with desk() as at:
        at.recordings.moods = [StorageFull("no")]
        await at.errands.warm(TrackId("t0"), Micros(5))
        await at.errands.warm(TrackId("t0"), Micros(6))
        assert at.recordings.warmed == [("t0", 6)]


async def test_a_track_whose_file_is_gone_is_told_to_the_room(autojump_clock: MockClock) -> None:
    async with desk() as at:
        at.recordings.moods = [TrackUnavailable("the disk is not there")]
        await at.errands.warm(TrackId("t0"), Micros(5))
        assert at.inbox == [Unplayable(TrackId("t0"), "track-unavailable", "the disk is not there")]


async def test_beats_are_told_and_so_is_that_nobody_can_tell_them(autojump_clock: MockClock) -> None:
    async with desk() as at:
        await at.errands.find_beats(TrackId("t0"))
        at.recordings.moods = [TrackUnavailable("the disk is not there")]
        await at.errands.find_beats(TrackId("t0"))
        known, unknown = at.inbox
        assert isinstance(known, BeatsFound)
        assert known.beats[1] == 500_000
        assert unknown == BeatsFound(TrackId("t0"), ())


async def test_a_promotion_is_kept_as_soon_as_storage_is_back(autojump_clock: MockClock) -> None:
    async with desk() as at:
        at.faults.fail_next(StorageDown("the disk sleeps"), "rooms.save_member")
        await at.errands.promote(ANN, "host")
        member = await at.storage.rooms.member(ROOM, ANN)
        assert member is not None
        assert member.role == "host"


async def test_a_promotion_does_not_bring_back_who_was_asked_to_leave(autojump_clock: MockClock) -> None:
    async with desk() as at:
        await at.storage.rooms.save_member(Membership(ROOM, ANN, "guest", True, Micros(0)))
        await at.errands.promote(ANN, "host")
        member = await at.storage.rooms.member(ROOM, ANN)
        assert member is not None
        assert member.is_kicked


async def test_everybody_who_stood_in_is_a_guest_in_storage_when_the_owner_is_back(autojump_clock: MockClock) -> None:
    async with desk() as at:
        roles = {ANN: "host", PrincipalId("bob"): "host", PrincipalId("cy"): "guest", PrincipalId("dan"): "host"}
        for principal, role in roles.items():
            await at.storage.rooms.save_member(Membership(ROOM, principal, role, principal == "dan", Micros(7)))
        at.faults.fail_next(StorageDown("the disk sleeps"), "rooms.members")
        await at.errands.reinstate(ANN)
        members = {each.principal: each for each in await at.storage.rooms.members(ROOM)}
        assert {name: each.role for name, each in members.items()} == {
            "ann": "host", "bob": "guest", "cy": "guest", "dan": "guest",
        }  # fmt: skip
        assert members[PrincipalId("dan")].is_kicked
        assert members[PrincipalId("bob")].last_seen_utc == 7


async def test_a_promotion_that_could_not_be_kept_yet_is_void_when_the_owner_is_back(autojump_clock: MockClock) -> None:
    async with desk() as at:
        bob = PrincipalId("bob")
        await at.storage.rooms.save_member(Membership(ROOM, bob, "guest", False, Micros(0)))
        at.faults.fail_next(StorageDown("the disk sleeps"), "rooms.save_member")
        at.nursery.start_soon(at.errands.promote, bob, "host")
        await trio.sleep(0.1)
        await at.errands.reinstate(ANN)
        await trio.sleep(10)
        member = await at.storage.rooms.member(ROOM, bob)
        assert member is not None
        assert member.role == "guest"


async def test_only_the_newest_track_is_held_in_the_end(autojump_clock: MockClock) -> None:
    async with desk() as at:
        at.recordings.hold_seconds = 1.0
        for track in ("t0", "t1", "t2"):
            at.errands.hold(at.nursery, TrackId(track))
            await trio.sleep(0.1)
        await trio.sleep(3)
        assert at.recordings.held == {ROOM: "t2"}
        assert at.nursery.child_tasks == set()  # nothing is to be told, so nobody waits to tell it
        await at.errands.release()
        assert at.recordings.held == {ROOM: None}


async def test_a_refused_hold_is_tried_again(autojump_clock: MockClock) -> None:
    async with desk() as at:
        at.recordings.moods = [StorageDown("no")]
        at.errands.hold(at.nursery, TrackId("t0"))
        await trio.sleep(1)
        assert at.recordings.held == {}
        await trio.sleep(2)
        assert at.recordings.held == {ROOM: "t0"}
