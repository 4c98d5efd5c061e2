"""Surroundings of a room for tests: a virtual timebase, a library of known lengths, and outlets that remember."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import trio

from hathor_rt.ids import ConnectionId, RoomId, TrackId
from hathor_rt.refusals import TrackUnavailable, UnknownTrack
from hathor_rt.rooms.ports import SharedPayload
from hathor_rt.timebase import StoredInstant
from sync.refusal import Refusal
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import SAMPLE_RATE, Micros, SampleCount
from sync.wire.codec import decode_server
from sync.wire.frames import Ending, FromServer

Frame = TypeVar("Frame")

# A date in 2026; only differences matter.
UTC_START = 1_790_000_000_000_000


class VirtualTimebase:
    """Follows trio's clock, so an autojump clock makes hours pass in seconds. `reboot` loses the monotonic clock."""

    def __init__(self, epoch: str = "epoch1", boot_id: str = "boot1", shift: int = 0) -> None:
        self._epoch, self._boot_id, self._shift = epoch, boot_id, shift
        self._started = trio.current_time()

    @property
    def epoch(self) -> str:
        return self._epoch

    def now(self) -> Micros:
        return Micros(round((trio.current_time() - self._started) * 1_000_000) + self._shift)

    def stamp(self) -> StoredInstant:
        elapsed = round((trio.current_time() - self._started) * 1_000_000)
        return StoredInstant(self._boot_id, self.now(), Micros(UTC_START + elapsed))

    def restarted(self, epoch: str, *, boot_id: str | None = None, shift: int | None = None) -> "VirtualTimebase":
        """The timebase of the next process: the same boot, unless another boot id (and monotonic shift) is given."""
        following = VirtualTimebase(epoch, boot_id or self._boot_id, self._shift if shift is None else shift)
        following._started = self._started  # its own class
        return following


@dataclass(slots=True)
class FakeRecordings:
    """A library where every track's length is known.

    `damaged` ones cannot be played; measuring takes `seconds`; `refusals` are what the next look-ups are refused with.
    """

    lengths: Mapping[str, float]
    damaged: set[str] = field(default_factory=set)
    seconds: float = 0.2
    warmed: list[tuple[str, int]] = field(default_factory=list)
    held: dict[str, str | None] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)

    async def exists(self, tracks: Sequence[TrackId]) -> frozenset[TrackId]:
        await trio.lowlevel.checkpoint()
        if self.refusals:
            raise self.refusals.pop(0)
        return frozenset(track for track in tracks if track in self.lengths)

    async def frames(self, track: TrackId) -> SampleCount:
        await trio.sleep(self.seconds)
        if track not in self.lengths:
            raise UnknownTrack("not in the library")
        if track in self.damaged:
            raise TrackUnavailable("its file is gone")
        return SampleCount(round(self.lengths[track] * SAMPLE_RATE))

    async def beats(self, track: TrackId) -> Sequence[Micros]:
        await trio.lowlevel.checkpoint()
        return [Micros(500_000 * beat) for beat in range(1_000)]

    async def hold(self, room: RoomId, track: TrackId | None) -> None:
        await trio.lowlevel.checkpoint()
        self.held[room] = track

    async def warm(self, track: TrackId, position: Micros, vibe: Vibe = PLAIN) -> None:
        await trio.lowlevel.checkpoint()
        self.warmed.append((track, position))


class RememberingOutlet:
    """An outlet that keeps the frames it was given. `is_blocked` makes it refuse broadcasts, as a slow reader's does."""

    def __init__(self, connection: str) -> None:
        self._connection = ConnectionId(connection)
        self.frames: list[FromServer] = []
        self.endings: list[Ending] = []
        self.is_blocked = False
        self._arrived = trio.Event()

    @property
    def connection(self) -> ConnectionId:
        return self._connection

    def send(self, frame: FromServer) -> None:
        self._take(frame)

    def push(self, shared: SharedPayload) -> bool:
        if self.is_blocked:
            return False
        self._take(decode_server(shared.payload))
        return True

    def end(self, ending: Ending) -> None:
        self.endings.append(ending)
        self._arrived.set()

    def of(self, kind: type[Frame]) -> list[Frame]:
        """All frames of one kind, oldest first."""
        return [frame for frame in self.frames if isinstance(frame, kind)]

    async def wait_for(self, kind: type[Frame], count: int = 1) -> Frame:
        """The `count`-th frame of a kind, waiting until it is there: 30 s of the test's clock at most."""
        with trio.fail_after(30):
            while len(self.of(kind)) < count:
                self._arrived = trio.Event()
                await self._arrived.wait()
        return self.of(kind)[count - 1]

    def _take(self, frame: FromServer) -> None:
        self.frames.append(frame)
        self._arrived.set()
