from collections.abc import Iterator

import pytest
import trio
import trio.testing

from hathor_rt.rooms.ports import SharedPayload
from sync.wire.frames import MAX_OUTBOUND_BYTES
from tests.fakes.fanout_pair import Pair, connected
from web.realtime.framing import binary_frame

ANSWER = binary_frame(bytes(1000))


async def test_a_push_arrives_as_one_frame_at_once(pair: Pair) -> None:
    shared = SharedPayload(b"hello")
    assert pair.stream.push(shared)
    assert await pair.read(7) == b"\x82\x05hello"
    assert shared.framed == b"\x82\x05hello"


async def test_the_frame_is_built_once_for_all(pair: Pair) -> None:
    shared = SharedPayload(b"hello", framed=b"\x82\x05HELLO")
    assert pair.stream.push(shared)
    assert await pair.read(7) == b"\x82\x05HELLO"


async def test_a_reader_that_stops_holds_at_most_the_rest_of_one_frame(pair: Pair) -> None:
    taken = pair.fill()
    assert pair.stream.is_waiting
    for _ in range(1000):
        assert not pair.stream.push(SharedPayload(bytes(16_000)))
    # Everything that was taken arrives whole and in order, and nothing else does.
    expected = b"".join(each.framed for each in taken)
    assert await pair.read(len(expected)) == expected
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert not pair.stream.is_waiting


async def test_a_reader_that_caught_up_is_reported_once_and_gets_the_next_push(pair: Pair) -> None:
    reports: list[None] = []
    pair.stream.on_caught_up = lambda: reports.append(None)
    expected = sum(len(each.framed) for each in pair.fill())
    assert reports == []
    await pair.read(expected)
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert len(reports) == 1
    assert pair.stream.push(SharedPayload(b"again"))
    assert await pair.read(7) == b"\x82\x05again"
    assert len(reports) == 1


async def test_nobody_is_told_of_catching_up_who_declined_nothing(pair: Pair) -> None:
    reports: list[None] = []
    pair.stream.on_caught_up = lambda: reports.append(None)
    big = binary_frame(bytes(600_000))
    pair.stream.queue(big)
    was_waiting = pair.stream.is_waiting
    await pair.read(len(big))
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert (was_waiting, pair.stream.is_waiting) == (True, False)
    assert reports == []


async def test_answers_queue_behind_a_broadcast_in_order_and_within_a_bound(pair: Pair) -> None:
    taken = pair.fill()
    queued = 0
    while pair.stream.queue(ANSWER):
        queued += 1
        assert queued < 1000
    assert 200 <= queued <= 262
    expected = b"".join(each.framed for each in taken) + ANSWER * queued
    assert await pair.read(len(expected)) == expected


async def test_document_states_have_a_budget_of_their_own(pair: Pair) -> None:
    state = binary_frame(bytes(MAX_OUTBOUND_BYTES // 2 - 100_000))
    pair.fill()
    while pair.stream.queue(ANSWER):
        pass
    assert pair.stream.queue(state)
    assert pair.stream.queue(state)
    assert not pair.stream.queue(state)


async def test_send_all_keeps_the_order_and_waits_until_the_kernel_has_it(pair: Pair) -> None:
    taken = pair.fill()
    expected = b"".join(each.framed for each in taken) + ANSWER + b"control"
    pair.stream.queue(ANSWER)
    has_sent = trio.Event()

    async def send() -> None:
        await pair.stream.send_all(b"control")
        has_sent.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert not has_sent.is_set()
        assert await pair.read(len(expected)) == expected
        with trio.fail_after(1):
            await has_sent.wait()


def pieces(letter: bytes, count: int) -> Iterator[bytes]:
    return (binary_frame(letter * 20_000) for _ in range(count))


async def test_answers_overtake_what_is_fed(pair: Pair) -> None:
    assert pair.stream.feed("state", pieces(b"a", 100))
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert pair.stream.queue(binary_frame(b"answer"))
    total = 100 * len(next(pieces(b"a", 1))) + 8
    data = await pair.read(total)
    # What the kernel held is before it, and one piece: by far not all.
    assert data.index(b"answer") < total // 4
    assert data.replace(b"\x82\x06answer", b"") == b"".join(pieces(b"a", 100))
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert not pair.stream.is_waiting


async def test_pushes_are_declined_until_all_is_fed(pair: Pair) -> None:
    reports: list[None] = []
    pair.stream.on_caught_up = lambda: reports.append(None)
    assert pair.stream.feed("state", pieces(b"a", 20))
    assert not pair.stream.push(SharedPayload(b"change"))
    await pair.read(20 * len(next(pieces(b"a", 1))))
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert reports == [None]
    assert pair.stream.push(SharedPayload(b"change"))
    assert await pair.read(8) == b"\x82\x06change"


async def test_feeds_follow_one_another_and_a_new_one_replaces_that_of_its_topic(pair: Pair) -> None:
    taken = pair.fill()
    assert pair.stream.feed("one", pieces(b"x", 50))
    assert pair.stream.feed("two", pieces(b"b", 3))
    assert pair.stream.feed("one", pieces(b"a", 2))
    pair.stream.feed("three", pieces(b"y", 50))
    pair.stream.starve("three")
    expected = b"".join(each.framed for each in taken) + b"".join(pieces(b"b", 3)) + b"".join(pieces(b"a", 2))
    assert await pair.read(len(expected)) == expected
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert not pair.stream.is_waiting


async def test_the_number_of_feeds_is_bounded(pair: Pair) -> None:
    pair.fill()
    count = 0
    while pair.stream.feed(str(count), pieces(b"a", 1)):
        count += 1
        assert count < 100
    assert count == 16
    assert pair.stream.feed("3", pieces(b"a", 1))


async def test_control_frames_do_not_wait_for_what_is_fed(pair: Pair) -> None:
    assert pair.stream.feed("state", pieces(b"a", 1000))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pair.stream.send_all, b"control")
        data = b""
        with trio.fail_after(5):
            while b"control" not in data:
                data += await pair.peer.receive_some(65536)
    assert len(data) < 5_000_000
    assert pair.stream.is_waiting


async def test_nothing_is_fed_after_starving(pair: Pair) -> None:
    assert pair.stream.feed("state", pieces(b"a", 1000))
    await trio.testing.wait_all_tasks_blocked(0.01)
    pair.stream.starve()
    pair.stream.queue(binary_frame(b"goodbye"))
    pair.nursery.start_soon(pair.stream.send_eof)
    data = b""
    with trio.fail_after(5):
        while chunk := await pair.peer.receive_some(65536):
            data += chunk
    assert data.endswith(b"\x82\x07goodbye")
    assert len(data) < 5_000_000


async def test_a_stream_closed_before_its_pump_began_ends_quietly(pair: Pair) -> None:
    pair.fill()
    await pair.stream.aclose()
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert not pair.stream.is_waiting


async def test_a_task_exists_only_while_something_waits() -> None:
    async with connected() as pair:
        before = trio.lowlevel.current_statistics().tasks_living
        pair.stream.push(SharedPayload(b"x"))
        pair.stream.queue(ANSWER)
        assert trio.lowlevel.current_statistics().tasks_living == before
        pair.fill()
        assert trio.lowlevel.current_statistics().tasks_living == before + 1


async def test_progress_is_told_apart_from_standing_still(pair: Pair) -> None:
    taken = pair.fill()
    began = pair.stream.progress_at
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert pair.stream.progress_at == began
    pair.stream.queue(binary_frame(bytes(900_000)))
    await pair.read(sum(len(each.framed) for each in taken) + 100_000)
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert pair.stream.progress_at > began
    assert pair.stream.is_waiting


async def test_a_gone_peer_is_declined_and_told_by_the_waiting_calls(pair: Pair) -> None:
    pair.fill()
    transport = pair.peer.transport_stream if isinstance(pair.peer, trio.SSLStream) else pair.peer
    await transport.aclose()
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert not pair.stream.push(SharedPayload(b"x"))
    assert pair.stream.queue(ANSWER)
    with pytest.raises(trio.BrokenResourceError):
        await pair.stream.send_all(b"x")


async def test_a_closed_stream_says_so(pair: Pair) -> None:
    await pair.stream.aclose()
    await pair.stream.aclose()
    assert not pair.stream.push(SharedPayload(b"x"))
    for call in (pair.stream.send_all(b"x"), pair.stream.receive_some(), pair.stream.wait_send_all_might_not_block()):
        with pytest.raises(trio.ClosedResourceError):
            await call
    assert pair.stream.peer() == ("", 0)


async def test_closing_wakes_whoever_sends_or_receives(pair: Pair) -> None:
    async def expect_closed(call: object) -> None:
        with pytest.raises(trio.ClosedResourceError):
            await call  # type: ignore[misc]  # a coroutine

    pair.fill()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(expect_closed, pair.stream.send_all(b"x"))
        nursery.start_soon(expect_closed, pair.stream.receive_some())
        await trio.testing.wait_all_tasks_blocked(0.01)
        await pair.stream.aclose()


async def test_aborting_gives_the_kernels_memory_back(pair: Pair) -> None:
    pair.fill()
    pair.stream.abort()
    with pytest.raises((trio.BrokenResourceError, AssertionError)):
        await pair.read(10_000_000)


async def test_a_cut_frame_is_followed_by_nothing() -> None:
    """When the connection's tasks are cancelled in the middle of a frame, the stream is of no more use."""
    async with connected() as pair:
        pair.fill()
        pair.nursery.cancel_scope.cancel()
        while pair.stream.is_waiting:
            await trio.lowlevel.cancel_shielded_checkpoint()
        assert not pair.stream.push(SharedPayload(b"x"))
