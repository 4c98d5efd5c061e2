"""What waits for a peer goes in order, within its bounds, and fed frames give way to all else."""

from hypothesis import given
from hypothesis import strategies as st

from web.realtime.unsent import Unsent

ANSWER = b"a" * 1024
STATE = b"s" * 100 * 1024


def drained(unsent: Unsent, at_once: int = 1_000_000) -> bytes:
    """Everything, taken so many bytes at a time."""
    taken = b""
    while True:
        while unsent.rest or unsent.advance():
            part = bytes(unsent.rest[:at_once])
            unsent.took(len(part))
            taken += part
        fed = unsent.fed()
        if fed is None:
            return taken
        unsent.begin(fed)


@given(st.lists(st.binary(min_size=1, max_size=9)), st.integers(1, 12))
def test_bytes_go_in_order_however_few_are_taken_at_once(frames: list[bytes], at_once: int) -> None:
    unsent = Unsent(memoryview(b"the rest"))
    for frame in frames:
        unsent.put(frame)
    assert unsent
    assert drained(unsent, at_once) == b"the rest" + b"".join(frames)
    assert not unsent


def test_answers_wait_within_a_bound_that_sending_makes_room_in() -> None:
    unsent = Unsent()
    while unsent.has_room_for(len(ANSWER)):
        unsent.put(ANSWER)
    assert len(drained(unsent)) == 256 * 1024
    assert unsent.has_room_for(len(ANSWER))


def test_a_state_waits_beside_the_answers_and_takes_none_of_their_room() -> None:
    unsent = Unsent()
    while unsent.has_room_for(len(ANSWER)):
        unsent.put(ANSWER)
    assert unsent.has_room_for(len(STATE))
    while unsent.has_room_for(len(STATE)):
        unsent.put(STATE)
    assert not unsent.has_room_for(len(ANSWER))


def test_what_is_fed_goes_last_one_topic_after_the_other() -> None:
    unsent = Unsent()
    assert unsent.feed("one", iter([b"1", b"2"]))
    assert unsent.feed("two", iter([b"3"]))
    unsent.put(b"answer ")
    assert drained(unsent) == b"answer 123"


def test_an_answer_overtakes_what_is_fed_but_not_the_frame_under_way() -> None:
    unsent = Unsent()
    unsent.feed("one", iter([b"first", b"second"]))
    unsent.begin(unsent.fed() or b"")
    unsent.took(2)
    unsent.put(b" answer ")
    assert drained(unsent) == b"rst answer second"


def test_a_topic_is_fed_anew_and_starved_and_their_number_is_bounded() -> None:
    unsent = Unsent()
    for number in range(16):
        assert unsent.feed(str(number), iter([b"old"]))
    assert not unsent.feed("one more", iter([b"no"]))
    assert unsent.feed("3", iter([b"new"]))
    unsent.starve(*(str(number) for number in range(16) if number != 3))
    assert drained(unsent) == b"new"
    unsent.feed("again", iter([b"x"]))
    unsent.starve()
    assert not unsent


def test_nothing_is_left_after_clearing() -> None:
    unsent = Unsent(memoryview(b"rest"))
    unsent.put(STATE)
    unsent.feed("one", iter([b"1"]))
    unsent.clear()
    assert not unsent
    assert drained(unsent) == b""
    assert unsent.has_room_for(256 * 1024)
