from hypothesis import given
from hypothesis import strategies as st

from web.seals import Opened, Seal

KEY = bytes(range(32))


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_800_000_000

    def __call__(self) -> int:
        return self.seconds


def test_what_was_signed_comes_back_with_its_age() -> None:
    clock = Clock()
    seal = Seal(KEY, "tests", clock)
    text = seal.close(["a", 1, True])
    clock.seconds += 40
    assert seal.open(text, lifetime_seconds=60) == Opened(["a", 1, True], 40)


def test_text_beyond_its_lifetime_is_nothing() -> None:
    clock = Clock()
    seal = Seal(KEY, "tests", clock)
    text = seal.close("a")
    clock.seconds += 61
    assert seal.open(text, lifetime_seconds=60) is None


def test_text_from_the_future_is_nothing() -> None:
    clock = Clock()
    seal = Seal(KEY, "tests", clock)
    text = seal.close("a")
    clock.seconds -= 3600
    assert seal.open(text, lifetime_seconds=60) is None


def test_another_purpose_or_key_does_not_open_it() -> None:
    text = Seal(KEY, "cookies").close("a")
    assert Seal(KEY, "tickets").open(text, lifetime_seconds=60) is None
    assert Seal(bytes(32), "cookies").open(text, lifetime_seconds=60) is None


def test_every_changed_character_is_noticed() -> None:
    seal = Seal(KEY, "tests")
    text = seal.close(["someone"])
    # The last character carries two bits that base 64 ignores.
    for place in range(len(text) - 1):
        other = "A" if text[place] != "A" else "B"
        assert seal.open(text[:place] + other + text[place + 1 :], lifetime_seconds=60) is None


@given(st.text())
def test_any_text_opens_to_nothing(text: str) -> None:
    assert Seal(KEY, "tests").open(text, lifetime_seconds=60) is None
