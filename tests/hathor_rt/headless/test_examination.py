from dataclasses import replace

import pytest
import trio

from hathor_rt.headless.examination import Diagnosis, Examination
from hathor_rt.headless.refusals import TurnedAway, Unreachable
from sync.units import Micros
from sync.wire.endings import ending
from sync.wire.frames import Probe, ProbeReply
from tests.hathor_rt.headless.scripted_server import AHEAD, Conversation, serving
from tests.hathor_rt.headless.test_link import now

TIGHT = Diagnosis("s", 10.0, 28, 28, Micros(300), Micros(400), Micros(900), Micros(80), Micros(250), 0.1, 5.0)


async def test_it_probes_as_a_device_does_and_knows_the_clock_afterwards() -> None:
    async def script(talk: Conversation) -> None:
        await talk.welcome()
        await talk.until_closed()

    told: list[int] = []
    async with serving(script) as door:
        with trio.fail_after(20):
            found = await Examination(door, now, 1, lambda answered, _: told.append(answered)).run(0.5)
    assert 2 <= found.answered <= found.sent
    assert told == list(range(1, found.answered + 1))
    assert 0 < found.best_trip <= found.middle_trip <= found.slow_trip
    assert found.slow_inside == 0
    # The server answers with the instant of sending: all of the round trip is on the way back, and stays uncertain.
    assert found.clock_error >= found.best_trip // 2


async def test_time_spent_in_the_server_is_no_part_of_the_round_trip() -> None:
    async def script(talk: Conversation) -> None:
        await talk.welcome()
        while True:
            probe = await talk.next(Probe)
            await talk.send(ProbeReply(probe.seq, probe.sent, probe.sent + AHEAD, probe.sent + AHEAD + 7_000_000))

    async with serving(script) as door:
        with trio.fail_after(20):
            found = await Examination(door, now, 1).run(0.3)
    assert found.slow_inside == 7_000_000
    assert any("machine is busy" in remark for remark in found.remarks)


async def test_a_server_that_answers_no_probe_is_told_as_such() -> None:
    async def script(talk: Conversation) -> None:
        await trio.sleep_forever()

    async with serving(script) as door:
        with trio.fail_after(20), pytest.raises(Unreachable, match="no probe"):
            await Examination(door, now, 1).run(0.2)


async def test_who_is_not_wanted_is_told_why() -> None:
    async def script(talk: Conversation) -> None:
        await talk.welcome()
        await talk.send(ending("kicked", "not you"))

    async with serving(script) as door:
        with trio.fail_after(20), pytest.raises(TurnedAway, match="not you"):
            await Examination(door, now, 1).run(5)


@pytest.mark.parametrize(("error", "verdict"), [(1_000, "tight"), (1_001, "good"), (10_000, "good"), (10_001, "poor")])
def test_the_certified_error_decides(error: int, verdict: str) -> None:
    assert replace(TIGHT, clock_error=Micros(error)).verdict == verdict


def test_what_is_wrong_with_a_link_is_said() -> None:
    assert len(TIGHT.remarks) == 1
    # The last one may be on its way.
    assert len(replace(TIGHT, sent=29).remarks) == 1
    assert "loses packets" in replace(TIGHT, sent=35).remarks[1]
    assert "vary" in replace(TIGHT, slow_trip=Micros(90_000)).remarks[1]
