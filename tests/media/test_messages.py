import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.jobs import Measure
from media.messages import (
    Assignment,
    Deframer,
    Failed,
    LostStep,
    Measured,
    Progress,
    Ready,
    Report,
    assignment,
    framed,
    report,
)

REPORTS: list[Report] = [
    Ready(17),
    Progress("measure/a", 0.25),
    Measured("measure/a", 48_000, -14.0, None, "/tmp/ä", "truncated", "/tmp/ö", "/tmp/ü", "/tmp/ß"),
    Failed("measure/a", "damaged-file", "no"),
]


@given(st.lists(st.integers(1, 40), max_size=60))
def test_messages_survive_any_cutting_of_the_stream(cuts: list[int]) -> None:
    stream = b"".join(framed(each) for each in REPORTS)
    deframer = Deframer()
    got = []
    for cut in [*cuts, len(stream)]:
        got += [report(body) for body in deframer.feed(stream[:cut])]
        stream = stream[cut:]
    assert got == REPORTS


def test_an_assignment_keeps_its_work() -> None:
    wanted = Assignment("measure/a", Measure("a", "/music/a.flac"))
    (body,) = Deframer().feed(framed(wanted))
    assert assignment(body) == wanted


def test_a_length_beyond_reason_means_that_step_is_lost() -> None:
    with pytest.raises(LostStep, match="at most 1048576 bytes"):
        Deframer().feed(b"\xff\xff\xff\xff")


@pytest.mark.parametrize("body", [b"", b"\xc0", b"\x81\xa4type\xa5bogus", b"Traceback"])
def test_bytes_that_are_no_message_are_told_apart(body: bytes) -> None:
    with pytest.raises(LostStep):
        report(body)
    with pytest.raises(LostStep):
        assignment(body)
