"""A room on the virtual clock whose tempo and pitch are dragged, over links of every kind."""

from itertools import pairwise
from random import Random

import trio
from trio.testing import MockClock

from hathor_rt.ids import PrincipalId, TrackId
from hathor_rt.rooms.vibe_changes import SPACING
from sync.timeline.transport import Transport, position_at
from sync.timeline.vibe import PLAIN, Vibe
from sync.units import Micros
from sync.wire.frames import FromServer, Play, ResetVibe, SetVibe
from tests.fakes.running_rooms import running_rooms
from tests.simulation.participant import Participant, SkewedClock


class Watcher(Participant):
    """Remembers every record with the instant at which it came, on the server's clock."""

    seen: list[tuple[Micros, Transport]]

    def _take(self, frame: FromServer) -> None:
        before = self.transport
        super()._take(frame)
        if self.transport is not None and self.transport is not before:
            self.seen.append((self._server_now(), self.transport))


async def test_a_drag_reaches_all_ahead_of_every_step_and_leaves_them_at_one_place(autojump_clock: MockClock) -> None:
    rng = Random(7)
    async with running_rooms(7) as world, trio.open_nursery() as nursery:
        record, invite = await world.rooms.create(PrincipalId("p0"), "Crowd")
        people = []
        for number in range(6):
            clock = SkewedClock(world.timebase.now, rng.randrange(-(10**9), 10**9), rng.uniform(-80, 80))
            # Up to 0.1 s on the way, with jitter: what a room of today's networks has.
            person = Watcher(f"p{number}", Random(number), clock, world.timebase.now, rng.uniform(0.002, 0.08), 0.004)
            person.seen = []
            people.append(person)
            await nursery.start(person.run, world.rooms, record.room, invite.token)
        await world.rooms.add_tracks(record.room, PrincipalId("p0"), [TrackId("t0")] * 3)
        host = people[0]
        host.command(Play())
        await trio.sleep(5)
        for person in people:
            person.seen.clear()
        for step in range(200):
            # One turns the tempo, and then the pitch while the tempo goes back.
            host.command(SetVibe(1000 - step) if step < 100 else SetVibe(800 + step, pitch_cents=step - 100))
            await trio.sleep(0.03)
        await trio.sleep(2)
        assert all(person.transport is not None and person.transport.vibe == Vibe(999, 99) for person in people)
        host.command(ResetVibe())
        await trio.sleep(2)
        room = world.directory.find(record.room)
        assert room is not None
        truth = room.core.transport
        assert truth.vibe == PLAIN
        now = world.timebase.now()
        for person in people:
            assert person.transport == truth
            assert (
                abs(person.position() - position_at(truth, now)) <= person.estimate.error_at(person.clock.now()) + 1_000
            )
            bends = [after for before, after in pairwise(person.seen) if after[1].vibe != before[1].vibe]
            assert len(bends) >= 10
            assert all(came < record.anchor.at for came, record in bends), "nobody hears of a step too late"
            drag = bends[:-1]
            gaps = [later.anchor.at - earlier.anchor.at for (_, earlier), (_, later) in pairwise(drag)]
            assert min(gaps) >= SPACING
            # No place in the music is left out or heard twice.
            for (_, earlier), (_, later) in pairwise(person.seen):
                assert abs(later.anchor.position - position_at(earlier, later.anchor.at)) <= 2
        nursery.cancel_scope.cancel()
