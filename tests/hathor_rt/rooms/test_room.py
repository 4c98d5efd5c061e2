"""The owner task: commit then publish, slow readers, crashes, restarts. On the virtual clock with memory storage."""

from contextlib import suppress

import pytest
import trio
from trio.testing import MockClock

from hathor_rt.documents.inbox import INBOX_BOUND
from hathor_rt.documents.journal import ROWS_PER_SNAPSHOT
from hathor_rt.ids import DocumentName, PrincipalId, RoomId, TrackId
from hathor_rt.refusals import StorageDown
from hathor_rt.storage.memory.opening import open_memory
from sync.timeline.transport import position_at
from sync.wire.frames import (
    Changed,
    Done,
    Entered,
    Left,
    People,
    Play,
    Refused,
    Report,
    Saved,
    Seek,
)
from tests.fakes.room_page import Page, enter
from tests.fakes.rooms_world import RememberingOutlet
from tests.fakes.running_rooms import SETTINGS, RunningRooms, running_rooms, visitor
from tests.fakes.storage import faulty

HOST = PrincipalId("hana")


async def make_room(world: RunningRooms) -> tuple[RoomId, str]:
    record, invite = await world.rooms.create(HOST, "Friday")
    return record.room, invite.token


async def test_an_edit_is_saved_for_its_author_and_seen_by_the_others(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        host, guest = await enter(world, room, "hana"), await enter(world, room, "gabe", token)
        await host.open()
        await guest.open()
        await guest.add("e1")
        assert (await guest.outlet.wait_for(Saved)).intent == 1
        await trio.sleep(0.1)
        assert host.entries() == {"e1"}
        history = await world.storage.documents.history(DocumentName(f"queue:{room}"))
        assert [(row.principal, row.device) for row in history] == [("gabe", "dgabe")]
        assert '"did":"added"' in history[0].actions


async def test_nothing_is_published_or_acknowledged_when_the_commit_fails(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory())
    async with running_rooms(storage=storage) as world:
        room, token = await make_room(world)
        host, guest = await enter(world, room, "hana"), await enter(world, room, "gabe", token)
        await host.open()
        await guest.open()
        await trio.sleep(1)
        before = len(host.outlet.of(Changed))
        faults.fail_next(StorageDown("the disk sleeps"), "documents.append")
        await guest.add("e1")
        await trio.sleep(1)
        assert guest.outlet.of(Saved) == []
        assert len(host.outlet.of(Changed)) == before
        assert [ending.code for ending in guest.outlet.endings] == ["storage-down"]
        again = await enter(world, room, "gabe", connection="cgabe2")
        opened = await again.open()
        assert again.entries() == set()
        await again.add("e1")
        await again.outlet.wait_for(Saved)
        assert opened.client_id > 0


async def test_a_refused_edit_reaches_nobody_and_its_author_can_open_again(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        host, guest = await enter(world, room, "hana"), await enter(world, room, "gabe", token)
        await host.open()
        first = await guest.open()
        await guest.add("e1", added_by="hana")
        refused = await guest.outlet.wait_for(Refused)
        assert (refused.about, refused.seq, refused.code) == ("update", 1, "schema-violation")
        await guest.add("e2")
        await trio.sleep(0.5)
        assert world.observations.accept.count == 2  # refused ones took time, too
        assert len(guest.outlet.of(Refused)) == 1  # what followed the refused edit is dropped in silence
        second = await guest.open()
        assert second.client_id != first.client_id
        await guest.add("e2")
        await guest.outlet.wait_for(Saved)
        await trio.sleep(0.1)
        assert host.entries() == {"e2"}


async def test_a_track_that_does_not_exist_is_refused_by_name(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, _ = await make_room(world)
        host = await enter(world, room, "hana")
        await host.open()
        await host.add("e1", track="t99")
        assert (await host.outlet.wait_for(Refused)).code == "unknown-track"


async def test_guests_may_not_control_unless_the_room_says_so(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        guest = await enter(world, room, "gabe", token)
        await guest.open()
        await guest.command(Play(), 7)
        refused = await guest.outlet.wait_for(Refused)
        assert (refused.about, refused.seq, refused.code) == ("command", 7, "not-allowed")


async def test_play_starts_for_everybody_at_one_instant(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        await world.rooms.add_tracks(room, HOST, [TrackId("t0"), TrackId("t1")])
        host, guest = await enter(world, room, "hana"), await enter(world, room, "gabe", token)
        await host.open()
        await guest.open()
        await host.command(Play(), 1)
        await host.outlet.wait_for(Done)
        await trio.sleep(1)
        assert host.transport() == guest.transport()
        assert host.transport().status == "playing"
        assert ("t0", 0) in world.recordings.warmed


async def test_a_slow_reader_costs_a_flag_and_gets_one_diff(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        host, slow = await enter(world, room, "hana"), await enter(world, room, "sam", token)
        await host.open()
        await slow.open()
        await trio.sleep(1)
        slow.outlet.is_blocked = True
        for number in range(30):
            await host.add(f"e{number}")
            await trio.sleep(0.05)
        assert slow.entries() == set()
        slow.outlet.is_blocked = False
        changed = len(slow.outlet.of(Changed))
        slow.seat.readable()
        await trio.sleep(0.1)
        assert slow.entries() == host.entries() | {f"e{number}" for number in range(30)}
        assert len(slow.outlet.of(Changed)) - changed <= 2
        assert slow.outlet.of(People)[-1].full


async def test_presence_is_told_and_taken_back(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        host, guest = await enter(world, room, "hana"), await enter(world, room, "gabe", token)
        await trio.sleep(0.1)
        assert any(person.name == "Gabe" for frame in host.outlet.of(People) for person in frame.present)
        await guest.seat.deliver(Report(room, "in-step", playback_error=1_200, round_trip=9_000))
        await trio.sleep(0.1)
        assert host.outlet.of(People)[-1].present[0].playback_error == 1_200
        await guest.seat.leave()
        await trio.sleep(0.1)
        assert host.outlet.of(People)[-1].gone == ["cgabe"]


async def test_a_kicked_guest_is_told_and_stays_out(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        await enter(world, room, "hana")
        guest = await enter(world, room, "gabe", token)
        await world.rooms.kick(room, HOST, PrincipalId("gabe"))
        assert (await guest.outlet.wait_for(Left)).code == "kicked"
        with pytest.raises(Exception, match="asked you to leave"):
            await enter(world, room, "gabe", token)


async def test_when_the_host_is_gone_for_a_minute_the_eldest_guest_takes_over(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        host = await enter(world, room, "hana")
        eldest = await enter(world, room, "eddy", token)
        await trio.sleep(1)
        await enter(world, room, "yana", token)
        await host.seat.leave()
        await trio.sleep(59)
        assert [frame.role for frame in eldest.outlet.of(Entered)] == ["guest"]
        await trio.sleep(2)
        assert [frame.role for frame in eldest.outlet.of(Entered)] == ["guest", "host"]
        member = await world.storage.rooms.member(room, PrincipalId("eddy"))
        assert member is not None
        assert member.role == "host"


async def test_a_room_without_listeners_pauses_where_it_is(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, _ = await make_room(world)
        await world.rooms.add_tracks(room, HOST, [TrackId("t7")])
        host = await enter(world, room, "hana")
        await host.open()
        await host.command(Play(), 1)
        await host.outlet.wait_for(Done)
        await host.seat.set_sound(sound=False)
        await trio.sleep(31)
        assert host.transport().status == "paused"
        assert 29_000_000 < host.transport().anchor.position < 32_000_000


async def test_an_empty_room_closes_and_opens_again_as_it_was(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, _ = await make_room(world)
        host = await enter(world, room, "hana")
        await host.open()
        await host.add("e1")
        await host.outlet.wait_for(Saved)
        await host.seat.leave()
        await trio.sleep(SETTINGS.idle_room_seconds + 1)
        assert world.directory.find(room) is None
        stored = await world.storage.documents.load(DocumentName(f"queue:{room}"))
        assert stored.through == 1
        back = await enter(world, room, "hana")
        await back.open()
        assert back.entries() == {"e1"}


async def test_many_who_enter_a_closed_room_at_once_open_it_once(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        pages: list[Page] = []

        async def come(number: int) -> None:
            pages.append(await enter(world, room, f"p{number}", token))

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(come, number)
        assert len(pages) == 20
        lease = await world.storage.rooms.acquire(room, "other", world.timebase.stamp().utc_at)
        assert lease.term == 2


@pytest.mark.parametrize("is_same_boot", [True, False])
async def test_after_a_short_restart_the_music_goes_on_as_if_nothing_had_been(
    is_same_boot: bool,
    autojump_clock: MockClock,
) -> None:
    async with running_rooms() as world:
        room, _ = await make_room(world)
        await world.rooms.add_tracks(room, HOST, [TrackId("t0"), TrackId("t1")])
        host = await enter(world, room, "hana")
        await host.open()
        await host.command(Play(), 1)
        await host.outlet.wait_for(Done)
        await trio.sleep(10)
        before, at = host.transport(), world.timebase.now()
    await trio.sleep(3)
    clock = (
        world.timebase.restarted("epoch2")
        if is_same_boot
        else world.timebase.restarted("epoch2", boot_id="b2", shift=77)
    )
    async with running_rooms(storage=world.storage, timebase=clock) as after:
        host = await enter(after, room, "hana")
        await host.open()
        elapsed = 3_000_000
        expected = position_at(before, at) + elapsed
        assert host.transport().clock_epoch == "epoch2"
        assert host.transport().owner_term > before.owner_term
        assert abs(position_at(host.transport(), after.timebase.now()) - expected) < 5_000


async def test_a_room_taken_over_by_another_node_publishes_nothing_more(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, _ = await make_room(world)
        host = await enter(world, room, "hana")
        await host.open()
        await world.storage.rooms.acquire(room, "other", world.timebase.stamp().utc_at)
        with suppress(trio.BrokenResourceError):
            await host.add("e1")
        await trio.sleep(1)
        assert host.outlet.of(Saved) == []
        assert [ending.code for ending in host.outlet.endings] == ["fenced"]


async def test_leaving_and_entering_again_at_once_keeps_the_new_seat(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory())
    async with running_rooms(storage=storage) as world:
        room, token = await make_room(world)
        host, guest = await enter(world, room, "hana"), await enter(world, room, "gabe", token)
        await host.open()
        opened = world.directory.find(room)
        assert opened is not None
        faults.delay_seconds = 0.5
        await host.add("e0")
        await trio.sleep(0.1)  # the room is busy committing: both wait in its inbox
        faults.delay_seconds = 0.0
        await guest.seat.leave()
        again = RememberingOutlet("cgabe")
        seat = await opened.seat(visitor("gabe"), again, "guest", sound=True)
        await again.wait_for(Entered)
        page = Page("gabe", seat, again)
        await page.open()
        await page.add("e1")
        await again.wait_for(Saved)
        assert guest.outlet.of(Saved) == []
        assert len(opened.core.attendance) == 2


async def test_a_goodbye_that_finds_the_inbox_full_is_heard_all_the_same(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory())
    async with running_rooms(storage=storage) as world:
        room, token = await make_room(world)
        host, guest = await enter(world, room, "hana"), await enter(world, room, "gabe", token)
        await host.open()
        faults.delay_seconds = 5.0
        await host.add("e1")
        await trio.sleep(0.1)
        async with trio.open_nursery() as nursery:
            for _ in range(INBOX_BOUND + 5):
                nursery.start_soon(host.seat.deliver, Report(room, "in-step"))
            await trio.sleep(0.1)
            await guest.seat.leave()
        faults.delay_seconds = 0.0
        await trio.sleep(10)
        assert any("cgabe" in frame.gone for frame in host.outlet.of(People))
        opened = world.directory.find(room)
        assert opened is not None
        assert opened.positions()["participants"] == 1


async def test_what_was_not_committed_is_in_no_snapshot_either(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory())
    async with running_rooms(storage=storage) as world:
        room, _ = await make_room(world)
        host = await enter(world, room, "hana")
        await host.open()
        await host.add("e1")
        await host.outlet.wait_for(Saved)
        faults.fail_next(StorageDown("the disk sleeps"), "documents.append")
        await host.add("e2")
        await trio.sleep(1)
        again = await enter(world, room, "hana", connection="chana2")
        await again.open()
        assert again.entries() == {"e1"}


async def test_a_server_that_stops_within_a_commit_keeps_no_snapshot_of_it(autojump_clock: MockClock) -> None:
    storage, faults = faulty(open_memory())
    async with running_rooms(storage=storage) as world:
        room, _ = await make_room(world)
        host = await enter(world, room, "hana")
        await host.open()
        await host.add("e1")
        await host.outlet.wait_for(Saved)
        faults.delay_seconds = 0.5
        await host.add("e2")
        await trio.sleep(0.1)
    faults.repair()
    async with running_rooms(storage=storage, timebase=world.timebase.restarted("epoch2")) as after:
        back = await enter(after, room, "hana")
        await back.open()
        assert back.entries() == {"e1"}


async def test_a_library_that_does_not_answer_costs_an_edit_and_not_the_room(autojump_clock: MockClock) -> None:
    async with running_rooms() as world:
        room, token = await make_room(world)
        host, guest = await enter(world, room, "hana"), await enter(world, room, "gabe", token)
        await host.open()
        await guest.open()
        world.recordings.refusals.append(StorageDown("the disk sleeps"))
        await guest.add("e1")
        assert (await guest.outlet.wait_for(Refused)).code == "storage-down"
        await host.add("e2")
        await host.outlet.wait_for(Saved)
        assert guest.outlet.endings == []


async def test_a_room_goes_on_while_its_lease_cannot_be_renewed_and_its_snapshots_fail(
    autojump_clock: MockClock,
) -> None:
    storage, faults = faulty(open_memory())
    async with running_rooms(storage=storage) as world:
        room, _ = await make_room(world)
        host = await enter(world, room, "hana")
        await world.rooms.add_tracks(room, HOST, [TrackId("t0")])
        faults.break_down(StorageDown("the disk sleeps"), "rooms.renew_many")
        faults.break_down(StorageDown("the disk sleeps"), "documents.save_snapshot")
        for number in range(ROWS_PER_SNAPSHOT + 1):
            await host.command(Seek(1_000 + number % 2), number)
            await trio.sleep(0.01)
        await trio.sleep(1)
        assert host.outlet.endings == []
        assert "documents.save_snapshot" in faults.calls
