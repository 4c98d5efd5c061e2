from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio
import trio.testing
from trio_websocket import ConnectionClosed

from hathor_rt.config import Config
from hathor_rt.refusals import ForeignHost, ForeignOrigin, Overloaded
from sync.units import MICROS_PER_SECOND
from sync.wire.codec import encode
from sync.wire.frames import PROTOCOL_VERSION, Changed, Ending, Enter, Entered, Hello, Leave, Welcome
from tests.fakes.sockets import ARRIVAL, GatewayStand, gateway_stand
from tests.fakes.website import Client
from web.principal import Cookies, new_identity
from web.proxies import Arrival
from web.seals import Seal


async def ending_of(client: Client) -> tuple[Ending, int]:
    """The last frame and the close code."""
    frame = await client.receive(within_seconds=15)
    assert isinstance(frame, Ending), frame
    with pytest.raises(ConnectionClosed) as closed:
        await client.receive()
    assert closed.value.reason is not None
    return frame, closed.value.reason.code


async def test_a_hello_is_welcomed_with_who_one_is(stand: GatewayStand) -> None:
    identity = await stand.person()
    async with stand.client(identity) as client:
        welcome = client.welcome
        assert welcome is not None
        assert (welcome.principal, welcome.device) == (identity.principal, identity.device)
        assert welcome.clock_epoch == "hand"
        assert welcome.heartbeat == Config().heartbeat_seconds * MICROS_PER_SECOND
        assert welcome.server.startswith("hathor-rt/")
        assert len(stand.gateway) == 1
    await trio.testing.wait_all_tasks_blocked()
    assert len(stand.gateway) == 0


@pytest.mark.parametrize("is_known", [False, True])
async def test_nobody_is_told_to_get_an_identity(stand: GatewayStand, is_known: bool, tmp_path: Path) -> None:
    identity = new_identity((await stand.person()).principal) if is_known else None
    if identity is not None:
        stand = gateway_stand(tmp_path)  # a server that has never heard of this principal
    async with stand.socket(identity) as socket:
        client = Client(socket)
        await client.send(Hello(PROTOCOL_VERSION, "tests"))
        last_word, code = await ending_of(client)
    assert (last_word.code, code) == ("unknown-principal", 4401)
    assert last_word.retry_after < 0


async def test_another_protocol_version_is_told_to_reload(stand: GatewayStand) -> None:
    async with stand.socket(await stand.person()) as socket:
        client = Client(socket)
        await client.send(Hello(PROTOCOL_VERSION + 1, "tests"))
        last_word, code = await ending_of(client)
    assert (last_word.code, code) == ("wrong-protocol", 4426)


async def test_a_resumed_connection_replaces_the_earlier_one(stand: GatewayStand) -> None:
    identity = await stand.person()
    async with stand.client(identity) as earlier:
        assert earlier.welcome is not None
        async with stand.client(identity, earlier.welcome.ticket) as later:
            last_word, code = await ending_of(earlier)
            assert (last_word.code, code) == ("replaced", 4410)
            assert later.welcome is not None
            assert later.welcome.connection != earlier.welcome.connection


async def test_the_ticket_of_another_device_replaces_nobody(stand: GatewayStand) -> None:
    mine = await stand.person()
    other_device = new_identity(mine.principal)
    async with stand.client(mine) as first:
        assert first.welcome is not None
        async with stand.client(other_device, first.welcome.ticket), stand.client(mine, "forged"):
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert len(stand.gateway) == 3


async def test_new_sockets_are_limited_and_resumed_ones_are_not(tmp_path: Path) -> None:
    stand = gateway_stand(tmp_path, sockets_per_minute=2)
    identity = await stand.person()
    async with stand.client(identity) as first:
        assert first.welcome is not None
        ticket = first.welcome.ticket
    async with stand.client(identity):
        pass
    for _ in range(5):
        async with stand.client(identity, ticket) as resumed:
            assert resumed.welcome is not None
            ticket = resumed.welcome.ticket
    async with stand.socket(identity) as socket:
        client = Client(socket)
        await client.send(Hello(PROTOCOL_VERSION, "tests"))
        last_word, code = await ending_of(client)
    assert (last_word.code, code) == ("too-many", 4429)
    assert last_word.retry_after > 0


async def test_pages_of_other_sites_and_foreign_names_are_not_let_in(stand: GatewayStand) -> None:
    with pytest.raises(ForeignOrigin):
        stand.gateway.caller({"origin": "https://attacker.example"}, ARRIVAL)
    with pytest.raises(ForeignHost):
        stand.gateway.caller({}, Arrival("127.0.0.1", "http", "attacker.example"))
    assert stand.gateway.caller({"origin": "http://127.0.0.1"}, ARRIVAL).identity is None


async def test_the_cookie_of_the_upgrade_says_who_it_is(stand: GatewayStand) -> None:
    identity = await stand.person()
    cookie = Cookies(Seal(bytes(32), "identity")).write(identity, is_secure=False).partition(";")[0]
    assert stand.gateway.caller({"cookie": cookie}, ARRIVAL).identity == identity


async def test_draining_says_when_to_come_back_and_lets_nobody_in(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as first, stand.client(await stand.person()) as second:
        stand.gateway.drain()
        endings = [await ending_of(client) for client in (first, second)]
        assert {code for _, code in endings} == {1001}
        assert {last_word.code for last_word, _ in endings} == {"going-away"}
        # Everybody at once would be a stampede.
        assert 0 < endings[0][0].retry_after < endings[1][0].retry_after
        with pytest.raises(Overloaded):
            stand.gateway.caller({}, ARRIVAL)


async def test_whoever_sits_in_a_room_is_known_until_they_leave(stand: GatewayStand) -> None:
    identity = await stand.person()
    record, _ = await stand.rooms.create(identity.principal, "Room")
    async with stand.client(identity) as client:
        assert not stand.gateway.is_seated(identity.principal)
        await client.send(Enter(record.room))
        assert isinstance(await client.receive(), Entered)
        await trio.testing.wait_all_tasks_blocked()
        assert stand.gateway.is_seated(identity.principal)
        await client.send(Leave(record.room))
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not stand.gateway.is_seated(identity.principal)


async def test_a_peer_that_vanished_gives_its_seat_up(stand: GatewayStand) -> None:
    identity = await stand.person()
    record, _ = await stand.rooms.create(identity.principal, "Room")
    async with stand.client(identity) as client:
        await client.send(Enter(record.room))
        await client.receive()
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert stand.rooms.seats[0].has_left
    assert not stand.gateway.is_seated(identity.principal)


async def test_an_idle_peer_is_pinged_and_its_pong_keeps_it(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()):
        for _ in range(6):
            stand.time.move(15)
            stand.gateway.look_after(stand.time.now())
            await trio.testing.wait_all_tasks_blocked(0.01)
        assert len(stand.gateway) == 1


async def test_a_silent_peer_is_ended(stand: GatewayStand) -> None:
    async with stand.client(await stand.person()) as client:
        stand.time.move(46)
        stand.gateway.look_after(stand.time.now())
        last_word, code = await ending_of(client)
    assert (last_word.code, code) == ("silent", 4408)
    assert last_word.retry_after >= 0


@pytest.mark.slow
async def test_a_hundred_listeners_get_the_same_bytes(stand: GatewayStand) -> None:
    owner = await stand.person()
    record, _ = await stand.rooms.create(owner.principal, "Room")
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(stand.client(await stand.person())) for _ in range(100)]
        for client in clients:
            await client.send(Enter(record.room))
            await client.receive()
        change = Changed(f"queue:{record.room}", b"update")
        assert stand.rooms.publish(change) == [True] * 100
        for client in clients:
            assert await client.receive() == change


async def test_a_reader_that_stops_disturbs_nobody_and_is_dismissed(stand: GatewayStand) -> None:
    owner = await stand.person()
    record, _ = await stand.rooms.create(owner.principal, "Room")
    change = Changed(f"queue:{record.room}", bytes(30_000))
    async with stand.client(owner) as slow, stand.client(await stand.person()) as quick:
        for client in (slow, quick):
            await client.send(Enter(record.room))
            await client.receive()
        taken_by_slow = 0
        for _ in range(60):
            took = stand.rooms.publish(change)
            taken_by_slow += took[0]
            assert took[1]
            assert await quick.receive() == change
        assert 0 < taken_by_slow < 40
        stand.time.move(20)
        stand.gateway.look_after(stand.time.now())
        assert len(stand.gateway) == 2
        stand.time.move(11)
        # The quick one has something to say meanwhile.
        await quick.socket.pong()
        await trio.testing.wait_all_tasks_blocked(0.01)
        stand.gateway.look_after(stand.time.now())
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert len(stand.gateway) == 1
        assert stand.rooms.seats[0].has_left
        assert not stand.rooms.seats[1].has_left


async def test_a_reader_that_catches_up_is_told_to_its_room(stand: GatewayStand) -> None:
    identity = await stand.person()
    record, _ = await stand.rooms.create(identity.principal, "Room")
    change = Changed(f"queue:{record.room}", bytes(30_000))
    async with stand.client(identity) as client:
        await client.send(Enter(record.room))
        await client.receive()
        taken = 0
        while stand.rooms.publish(change) == [True]:
            taken += 1
        assert stand.rooms.seats[0].times_readable == 0
        for _ in range(taken):
            assert await client.receive() == change
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert stand.rooms.seats[0].times_readable == 1
        assert stand.rooms.publish(change) == [True]


async def test_the_first_frame_must_come(stand: GatewayStand, autojump_clock: trio.testing.MockClock) -> None:
    async with stand.socket(await stand.person()) as socket:
        began = trio.current_time()
        last_word, code = await ending_of(Client(socket))
        assert (last_word.code, code) == ("silent", 4408)
        assert 9 < trio.current_time() - began < 12


async def test_one_task_looks_after_everybody(stand: GatewayStand, autojump_clock: trio.testing.MockClock) -> None:
    async with stand.client(await stand.person()) as client, trio.open_nursery() as nursery:
        nursery.start_soon(stand.gateway.keep_time)
        stand.time.move(46)
        last_word, _ = await ending_of(client)
        assert last_word.code == "silent"
        nursery.cancel_scope.cancel()


async def test_welcome_is_the_first_frame_even_for_those_who_send_ahead(stand: GatewayStand) -> None:
    identity = await stand.person()
    record, _ = await stand.rooms.create(identity.principal, "Room")
    async with stand.socket(identity) as socket:
        client = Client(socket)
        for frame in (Hello(PROTOCOL_VERSION, "tests"), Enter(record.room)):
            await socket.send_message(encode(frame))
        assert isinstance(await client.receive(), Welcome)
        assert isinstance(await client.receive(), Entered)


@pytest.mark.parametrize("checks", [False, True])
async def test_rooms_learn_whether_a_client_takes_part_in_sound_checks(stand: GatewayStand, checks: bool) -> None:
    identity = await stand.person()
    record, _ = await stand.rooms.create(identity.principal, "Room")
    async with stand.socket(identity) as socket:
        client = Client(socket)
        await client.send(Hello(PROTOCOL_VERSION, "tests", checks=checks), Enter(record.room))
        assert isinstance(await client.receive(), Welcome)
        assert isinstance(await client.receive(), Entered)
    assert stand.rooms.seats[0].visitor.checks is checks
