"""Guests: everyone is a principal from the first request on, without signing up.

A guest is a row without credentials; what makes it theirs is the signed cookie that names it (`web/principal.py`).
"""

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from hathor_rt.ids import DeviceId, PrincipalId, random_id
from hathor_rt.refusals import BadName, UnknownPrincipal
from hathor_rt.storage.ports import Principal, PrincipalStore
from sync.units import Micros

# Fits a phone's list of people on one line, and is long enough for real names.
LONGEST_NAME: Final = 40

_MANNERS: Final = (
    "Amber", "Brave", "Bright", "Calm", "Clever", "Cosy", "Daring", "Dreamy", "Early", "Fond", "Gentle", "Golden",
    "Happy", "Humble", "Jolly", "Keen", "Kind", "Lively", "Lucky", "Mellow", "Merry", "Mild", "Nimble", "Patient",
    "Quiet", "Radiant", "Silver", "Sunny", "Swift", "Tender", "Velvet", "Warm",
)  # fmt: skip
_CREATURES: Final = (
    "Badger", "Bear", "Beaver", "Blackbird", "Cricket", "Crane", "Cuckoo", "Dolphin", "Dove", "Falcon", "Finch", "Fox",
    "Hare", "Hedgehog", "Heron", "Kingfisher", "Koala", "Lark", "Lynx", "Magpie", "Marten", "Nightingale", "Otter",
    "Owl", "Panda", "Puffin", "Robin", "Seal", "Sparrow", "Starling", "Swan", "Wren",
)  # fmt: skip


def friendly_name() -> str:
    """A name for someone who has not told theirs, for example "Quiet Heron". Names need not be unique."""
    return f"{secrets.choice(_MANNERS)} {secrets.choice(_CREATURES)}"


def checked_name(name: str) -> str:
    """`name` without surrounding space, in Unicode normal form C.

    Raises:
        BadName: It is empty, longer than 40 characters, or holds control or direction-changing characters.
    """
    tidy = unicodedata.normalize("NFC", name).strip()
    if not tidy:
        raise BadName("a name needs at least one character")
    if len(tidy) > LONGEST_NAME:
        raise BadName(f"a name has at most {LONGEST_NAME} characters, this one has {len(tidy)}")
    # Cc: control, Cf: format (direction overrides turn other names around), Cs: surrogates, Zl and Zp: line ends.
    # U+200D joins emoji into families and professions, so it is the one format character let through.
    if any(unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and each != "\u200d" for each in tidy):
        raise BadName("a name holds no control characters")
    return tidy


class Guests:
    """The guests of this instance.

    Args:
        principals: Where they are kept.
        now_utc: Tells Micros since 1970; shown to people as dates, used for nothing else.
    """

    def __init__(self, principals: PrincipalStore, now_utc: Callable[[], Micros]) -> None:
        self._principals = principals
        self._now_utc = now_utc

    async def create(self, name: str = "") -> Principal:
        """A new guest; an empty `name` gets a friendly one. Raises `BadName`."""
        known_as = checked_name(name) if name else friendly_name()
        guest = Principal(PrincipalId(random_id()), known_as, is_guest=True, created_utc=self._now_utc())
        await self._principals.create(guest)
        return guest

    async def get(self, principal: PrincipalId) -> Principal:
        """Raises `UnknownPrincipal`."""
        found = await self._principals.get(principal)
        if found is None:
            raise UnknownPrincipal("nobody is known under this identity any more; reload the page to get a new one")
        return found

    async def rename(self, principal: PrincipalId, name: str) -> Principal:
        """Raises `UnknownPrincipal`, `BadName`."""
        known_as = checked_name(name)
        found = await self.get(principal)
        await self._principals.rename(principal, known_as)
        return replace(found, name=known_as)

    async def note_device(self, principal: PrincipalId, device: DeviceId, label: str) -> None:
        """Remember that `device`, described for people as `label`, belongs to `principal` and was seen now."""
        await self._principals.save_device(device, principal, label, self._now_utc())
