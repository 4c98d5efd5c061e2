from hathor_rt.ids import RoomId, TrackId
from hathor_rt.library.room_recordings import RoomRecordings
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import Micros, SampleCount


class Remembering:
    """Stands for both sides and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    async def exists(self, tracks: list[TrackId]) -> frozenset[TrackId]:
        self.asked.append(("exists", *tracks))
        return frozenset(tracks)

    async def frames(self, track: TrackId) -> SampleCount:
        self.asked.append(("frames", track))
        return SampleCount(48_000)

    async def warm(self, track: TrackId, position: Micros, vibe: Vibe = PLAIN) -> None:
        self.asked.append(("warm", track, position, vibe))

    async def pin(self, room: RoomId, track: TrackId | None) -> None:
        self.asked.append(("pin", room, track))


async def test_rooms_reach_lengths_and_segments_through_one_port() -> None:
    side = Remembering()
    recordings = RoomRecordings(side, side)  # type: ignore[arg-type]  # both sides in one
    assert await recordings.exists([TrackId("t1")]) == {"t1"}
    assert await recordings.frames(TrackId("t1")) == 48_000
    await recordings.warm(TrackId("t1"), Micros(5), Vibe(800))
    await recordings.hold(RoomId("r"), TrackId("t1"))
    await recordings.hold(RoomId("r"), None)
    assert side.asked == [
        ("exists", "t1"),
        ("frames", "t1"),
        ("warm", "t1", 5, Vibe(800)),
        ("pin", "r", "t1"),
        ("pin", "r", None),
    ]
