import pytest
from hypothesis import given
from hypothesis import strategies as st

from hathor_rt.accounts.guests import LONGEST_NAME, Guests, checked_name, friendly_name
from hathor_rt.ids import DeviceId, PrincipalId, is_id
from hathor_rt.refusals import BadName, UnknownPrincipal
from hathor_rt.storage.memory.opening import open_memory
from sync.units import Micros


def guests() -> Guests:
    return Guests(open_memory(seed=1).principals, lambda: Micros(1_700_000_000_000_000))


async def test_a_guest_is_made_with_a_friendly_name_and_found_again() -> None:
    known = guests()
    guest = await known.create()
    assert is_id(guest.principal)
    assert guest.is_guest
    assert guest.created_utc == 1_700_000_000_000_000
    assert len(guest.name.split()) == 2
    assert await known.get(guest.principal) == guest


async def test_a_guest_takes_another_name() -> None:
    known = guests()
    guest = await known.create("Ann")
    assert (await known.rename(guest.principal, "  Bea \n")).name == "Bea"
    assert (await known.get(guest.principal)).name == "Bea"


async def test_nobody_is_refused() -> None:
    known = guests()
    with pytest.raises(UnknownPrincipal):
        await known.get(PrincipalId("nobody"))
    with pytest.raises(UnknownPrincipal):
        await known.rename(PrincipalId("nobody"), "Ann")


async def test_a_bad_name_changes_nothing() -> None:
    known = guests()
    guest = await known.create("Ann")
    with pytest.raises(BadName):
        await known.rename(guest.principal, "   ")
    assert (await known.get(guest.principal)).name == "Ann"


async def test_a_device_is_remembered_with_its_label() -> None:
    storage = open_memory(seed=1)
    known = Guests(storage.principals, lambda: Micros(5))
    guest = await known.create()
    await known.note_device(guest.principal, DeviceId("d1"), "Firefox on Linux")
    assert await storage.principals.devices(guest.principal) == {"d1": "Firefox on Linux"}


@pytest.mark.parametrize("name", ["A", "Zoë", "李小龍", "👩‍👩‍👧", "O'Neill & Söhne", "x" * LONGEST_NAME, " padded "])
def test_names_of_people_everywhere_are_fine(name: str) -> None:
    assert checked_name(name) == name.strip()


@pytest.mark.parametrize(
    "name",
    ["", "   ", "\t\n", "x" * (LONGEST_NAME + 1), "a\x00b", "a\nb", "a\u202eb", "a\u2028b", "\x1b[2J", "a\u200bb"],
)
def test_names_that_would_break_a_line_or_turn_it_around_are_not(name: str) -> None:
    with pytest.raises(BadName):
        checked_name(name)


def test_equal_looking_names_are_kept_equal() -> None:
    assert checked_name("Zoe\u0308") == "Zoë"


@given(st.text())
def test_a_checked_name_stays_as_it_is(name: str) -> None:
    try:
        once = checked_name(name)
    except BadName:
        return
    assert checked_name(once) == once


def test_friendly_names_differ_and_are_names() -> None:
    names = {friendly_name() for _ in range(200)}
    assert len(names) > 50
    assert all(checked_name(name) == name for name in names)
