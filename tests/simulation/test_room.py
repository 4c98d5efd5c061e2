"""A crowded room on the virtual clock: devices with bad clocks and bad links, minutes of random commands."""

from random import Random

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.ids import PrincipalId, RoomId
from hathor_rt.storage.ports import RoomChanges
from sync.timeline.transport import position_at
from sync.wire.frames import Next, Order, Pause, Play, Previous, Seek, SetVibe
from tests.fakes.running_rooms import TRACKS, RunningRooms, running_rooms
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
            SetVibe(rng.randrange(800, 1250), rng.choice([None, -200, 0, 300])),
        ]
        person.command(rng.choice(orders))


async def crowd(
    world: RunningRooms, nursery: trio.Nursery, size: int, seed: int, *, loss: float = 0.0
) -> tuple[RoomId, list[Participant]]:
    """A room in which guests control what plays, with `size` devices inside; the first one is its host's."""
    rng = Random(seed)
    rooms, timebase = world.rooms, world.timebase
    record, invite = await rooms.create(PrincipalId("p0"), "Crowd")
    await rooms.change(record.room, RoomChanges(guests_control=True), PrincipalId("p0"))
    people = []
    for number in range(size):
        clock = SkewedClock(timebase.now, rng.randrange(-(10**9), 10**9), rng.uniform(-80, 80))
        chance = Random(seed * 100 + number)
        base, jitter = rng.uniform(0.002, 0.08), rng.uniform(0, 0.02)
        person = Participant(f"p{number}", chance, clock, timebase.now, base, jitter, loss)
        people.append(person)
        await nursery.start(person.run, rooms, record.room, invite.token)
    return record.room, people


def assert_agreement(world: RunningRooms, room: RoomId, people: list[Participant], worst_micros: int) -> None:
    """One queue, one record, one position: within what each device certifies about its own clock."""
    opened = world.directory.find(room)
    assert opened is not None
    truth = opened.core.transport
    first = people[0].entries()
    for person in people:
        assert person.endings == []
        assert person.entries() == first
        assert person.transport == truth
        assert person.saved_intent == person.intents or person.refusals
        error = abs(person.position() - position_at(truth, world.timebase.now()))
        bound = person.estimate.error_at(person.clock.now())
        assert error <= bound * truth.rate_permille // 1000 + 1_000
        assert error <= worst_micros


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_twenty_devices_agree_after_ten_minutes_of_random_commands(seed: int, autojump_clock: MockClock) -> None:
    rng = Random(seed)
    made: list[int] = []
    async with running_rooms(seed) as world, trio.open_nursery() as nursery:
        room, people = await crowd(world, nursery, 20, seed)
        ends = trio.current_time() + 600
        while trio.current_time() < ends:
            act(rng.choice(people), rng, made)
            await trio.sleep(rng.expovariate(1.5))
        people[0].command(Play())
        await trio.sleep(8)
        assert len(made) > 100
        assert_agreement(world, room, people, 20_000)
        assert any(refusal.code == "not-allowed" for person in people for refusal in person.refusals)
        nursery.cancel_scope.cancel()


@pytest.mark.slow
async def test_fifty_devices_on_lossy_links_that_break_agree_once_all_are_back(autojump_clock: MockClock) -> None:
    rng = Random(3)
    made: list[int] = []
    cuts = 0
    async with running_rooms(3) as world, trio.open_nursery() as nursery:
        room, people = await crowd(world, nursery, 50, 3, loss=0.02)
        ends = trio.current_time() + 180
        while trio.current_time() < ends:
            act(rng.choice(people), rng, made)
            if rng.random() < 0.1:
                rng.choice(people[1:]).cut()
                cuts += 1
            await trio.sleep(rng.expovariate(2))
        # Everybody is back after 20 s at most, and a lost packet has been sent again.
        await trio.sleep(25)
        people[0].command(Play())
        await trio.sleep(15)
        assert cuts > 20
        assert len(made) > 50
        assert_agreement(world, room, people, 60_000)
        nursery.cancel_scope.cancel()
