"""A crowded room on the virtual clock: twenty devices with bad clocks and bad links, ten minutes of random commands."""

from dataclasses import replace
from random import Random

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.ids import PrincipalId
from sync.timeline.transport import position_at
from sync.wire.frames import Next, Order, Pause, Play, Previous, Seek, SetRate
from tests.fakes.running_rooms import TRACKS, running_rooms
from tests.simulation.participant import Participant, SkewedClock


def act(person: Participant, rng: Random, made: list[int]) -> None:
    """One random thing a person does."""
    if "queue" not in person.docs:
        return
    roll = rng.random()
    if roll < 0.35:
        made.append(len(made))
        person.add(f"e{made[-1]}", rng.choice(sorted(TRACKS)))
    elif roll < 0.5:
        person.move()
    elif roll < 0.6:
        person.remove()
    elif roll < 0.63:
        person.remove(own=False)
    else:
        orders: list[Order] = [
            Play(),
            Pause(),
            Next(),
            Previous(),
            Seek(rng.randrange(60_000_000)),
            SetRate(rng.randrange(800, 1250)),
        ]
        person.command(rng.choice(orders))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_twenty_devices_agree_after_ten_minutes_of_random_commands(seed: int, autojump_clock: MockClock) -> None:
    rng = Random(seed)
    made: list[int] = []
    async with running_rooms(seed) as world, trio.open_nursery() as nursery:
        rooms, directory, timebase = world.rooms, world.directory, world.timebase
        record, invite = await rooms.create(PrincipalId("p0"), "Crowd")
        await rooms.change(replace(record, guests_control=True), PrincipalId("p0"))
        people = []
        for number in range(20):
            clock = SkewedClock(timebase.now, rng.randrange(-(10**9), 10**9), rng.uniform(-80, 80))
            person = Participant(
                f"p{number}",
                Random(seed * 100 + number),
                clock,
                timebase.now,
                rng.uniform(0.002, 0.08),
                rng.uniform(0, 0.02),
            )
            people.append(person)
            await nursery.start(person.run, rooms, record.room, invite.token)
        ends = trio.current_time() + 600
        while trio.current_time() < ends:
            act(rng.choice(people), rng, made)
            await trio.sleep(rng.expovariate(1.5))
        people[0].command(Play())
        await trio.sleep(8)

        opened = directory.find(record.room)
        assert opened is not None
        truth = opened.core.transport
        first = people[0].entries()
        assert len(made) > 100
        for person in people:
            assert person.endings == []
            assert person.entries() == first
            assert person.transport == truth
            assert person.saved_intent == person.intents or person.refusals
            now = timebase.now()
            error = abs(person.position() - position_at(truth, now))
            bound = person.estimate.error_at(person.clock.now())
            assert error <= bound * truth.rate_permille // 1000 + 1_000
            assert error <= 20_000
        assert any(refusal.code == "not-allowed" for person in people for refusal in person.refusals)
        nursery.cancel_scope.cancel()
