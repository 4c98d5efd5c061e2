"""What an open room asks of storage and the library beside its ticks. A refusal here is tried again, never the room's end."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

import structlog
import trio

from hathor_rt.ids import PrincipalId, RoomId, TrackId
from hathor_rt.refusals import Overloaded, StorageDown, StorageFull, TrackUnavailable, UnknownTrack
from hathor_rt.rooms.events import BeatsFound, Measured, Unplayable
from hathor_rt.rooms.ports import Recordings
from hathor_rt.storage.ports import Membership, RoomStore
from hathor_rt.timebase import Timebase
from sync.refusal import Refusal
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import Micros

RETRY_SECONDS: Final = 2

# These say nothing about the track: they are tried again instead of passing it over.
_PASSING: Final = (StorageDown, StorageFull, Overloaded)

_log = structlog.get_logger("hathor.room")


class Errands:
    """The errands of one room. Each method runs as a task in the room's nursery and ends with it.

    Args:
        room: On whose behalf.
        rooms: Memberships.
        recordings: Lengths, warm segments, and what must not be evicted.
        timebase: The room's clock.
        put: Puts an answer into the room's inbox.
    """

    def __init__(
        self,
        room: RoomId,
        rooms: RoomStore,
        recordings: Recordings,
        timebase: Timebase,
        *,
        put: Callable[[Measured | Unplayable | BeatsFound], Awaitable[None]],
    ) -> None:
        self._room = room
        self._rooms = rooms
        self._recordings = recordings
        self._timebase = timebase
        self._put = put
        self._reinstatements = 0
        self._held: TrackId | None = None
        self._is_telling = False

    async def measure(self, track: TrackId) -> None:
        """Find out the exact length of `track`, and tell the room."""
        answer: Measured | Unplayable | None = None
        while answer is None:
            try:
                answer = Measured(track, await self._recordings.frames(track))
            except _PASSING as refusal:
                _log.warning("track not measured yet", room=self._room, track=track, code=refusal.code)
                await trio.sleep(RETRY_SECONDS)
            except Refusal as refusal:
                _log.warning("unplayable track", room=self._room, track=track, code=refusal.code)
                answer = Unplayable(track, refusal.code, refusal.reason)
        await self._tell(answer)

    async def _tell(self, answer: Measured | Unplayable | BeatsFound) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):  # the room closed meanwhile
            await self._put(answer)

    async def warm(self, track: TrackId, position: Micros, vibe: Vibe = PLAIN) -> None:
        """Have `track` from `position` on made as it sounds in `vibe`, or tell the room that there is nothing to make it of."""
        try:
            await self._recordings.warm(track, position, vibe)
        except (UnknownTrack, TrackUnavailable) as refusal:
            _log.warning("unplayable track", room=self._room, track=track, code=refusal.code)
            await self._tell(Unplayable(track, refusal.code, refusal.reason))
        except Refusal as refusal:  # whoever needs the sound asks for it again
            _log.warning("track not warmed", room=self._room, track=track, code=refusal.code)

    async def find_beats(self, track: TrackId) -> None:
        """Find out where the beats of `track` fall, and tell the room. What nobody can tell is no reason to wait."""
        try:
            beats = tuple(await self._recordings.beats(track))
        except Refusal as refusal:
            _log.warning("beats not found", room=self._room, track=track, code=refusal.code)
            beats = ()
        await self._tell(BeatsFound(track, beats))

    async def promote(self, principal: PrincipalId, role: str) -> None:
        """Keep the role that the room gave to `principal`, unless the owner comes back before it could be kept."""
        begun = self._reinstatements
        while begun == self._reinstatements:
            utc = self._timebase.stamp().utc_at
            try:
                member = await self._rooms.member(self._room, principal)
                if member is not None and member.is_kicked:
                    return  # asked to leave meanwhile: that is the newer decision
                await self._rooms.save_member(Membership(self._room, principal, role, False, utc))
            except _PASSING as refusal:
                _log.warning("new role not kept yet", room=self._room, principal=principal, code=refusal.code)
                await trio.sleep(RETRY_SECONDS)
            else:
                return

    async def reinstate(self, owner: PrincipalId) -> None:
        """Keep that nobody but `owner` is host."""
        self._reinstatements += 1
        while True:
            try:
                for member in await self._rooms.members(self._room):
                    if member.role == "host" and member.principal != owner:
                        await self._rooms.save_member(replace(member, role="guest"))
            except _PASSING as refusal:
                _log.warning("owner not reinstated yet", room=self._room, code=refusal.code)
                await trio.sleep(RETRY_SECONDS)
            else:
                return

    def hold(self, nursery: trio.Nursery, track: TrackId | None) -> None:
        """From now on `track` (None: nothing) must not be evicted. A task in `nursery` tells the library."""
        if track != self._held:
            self._held = track
            if not self._is_telling:
                self._is_telling = True
                nursery.start_soon(self._tell_held)

    async def _tell_held(self) -> None:
        """Always the newest; one call at a time, so that none overtakes another."""
        while self._is_telling:
            told = self._held
            try:
                await self._recordings.hold(self._room, told)
            except Refusal as refusal:
                _log.warning("playing track not held", room=self._room, code=refusal.code)
                await trio.sleep(RETRY_SECONDS)
            else:
                self._is_telling = self._held != told

    async def release(self) -> None:
        """The room closes: nothing must be kept for it. Called once no other errand runs. Raises `Refusal`."""
        await self._recordings.hold(self._room, None)
