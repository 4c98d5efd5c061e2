"""What a kind of document must be able to tell: its root, its reading view, and which changes its shape permits.

A kind knows nothing of people and roles. It turns changes seen on the shadow into actions; whether somebody may do them is
for the room.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import cast

import msgspec
from pycrdt import Map

from sync.documents.limits import Limits
from sync.documents.plain import Plain


class Nested(msgspec.Struct, frozen=True):
    """A shared map as a value: its plain fields, and whether it has others besides (further shared types)."""

    fields: Mapping[str, Plain]
    has_shared_fields: bool


class Change(msgspec.Struct, frozen=True):
    """One key of the root map that an update touched, and how it stands afterwards.

    Attributes:
        key: The key in the root map.
        is_there: Whether the key has a value.
        value: The value; None if there is none.
        was_set: The value itself was set or removed, not only something inside it.
    """

    key: str
    is_there: bool
    value: Plain | Nested
    was_set: bool


class Action(msgspec.Struct, frozen=True, tag_field="did"):
    """What an update did, in the language of the kind. Subclasses carry the particulars, and what it is called as their tag."""

    @property
    def did(self) -> str:
        """What it is called."""
        return str(self.__struct_config__.tag)

    def to_plain(self) -> dict[str, Plain]:
        """For the journal: the fields beside ``"did"``."""
        return cast("dict[str, Plain]", msgspec.to_builtins(self))


class Verdict(msgspec.Struct, frozen=True):
    """Changes that fit the shape.

    Attributes:
        actions: What they amount to.
        settle: Brings the view up to date; called once if the changes are kept, never otherwise.
    """

    actions: tuple[Action, ...]
    settle: Callable[[], None]


Content = tuple[Mapping[str, Plain], AbstractSet[str]]
"""The root map as plain values, and the keys ever used in it."""


class View(ABC):
    """What a document holds, kept up to date from the changes instead of read anew (reading 1 200 entries costs 40 ms)."""

    @abstractmethod
    def judge(self, changes: Sequence[Change], limits: Limits) -> Verdict:
        """What `changes` amount to. Changes nothing itself.

        Raises:
            SchemaViolation: The changes break the shape of the kind.
            UpdateTooLarge: They would take the document beyond a limit.
        """

    def content(self) -> Callable[[], Content] | None:
        """What `Kind.open_view` makes this very view from; None: it has to be read from the document.

        What is returned tells it as it is now, whenever and in whatever thread it is called.
        """
        return None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    Attributes:
        name: First part of the names of its documents, ``name:id``.
        root: Name of its one root map. None: free form, any roots and shared types (see `sync.documents.free`).
        open_view: Makes the view of a loaded document from the content of the root map and the keys ever used in it.
        is_server_written: Only the server writes: any effect of a client's update is a violation.
        belongs_to_room: The second part of the document's name is a room.
        keeps_authors: The journal has a row for each update as its author sent it. False: one row a tick, by nobody.
    """

    name: str
    root: str | None
    open_view: Callable[[Mapping[str, Plain], frozenset[str]], View]
    is_server_written: bool = False
    belongs_to_room: bool = True
    keeps_authors: bool = True


Edit = Callable[[Map[object]], None]
"""Changes a document through its root map. Runs inside a transaction: it must not wait, and checks before it changes."""
