"""What a kind of document must be able to tell: its root, its reading view, and which changes its shape permits.

A kind knows nothing of people and roles. It turns changes seen on the shadow into actions; whether somebody may do them is
for the room.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, Literal

from pycrdt import Map

from sync.documents.limits import Limits
from sync.documents.plain import Plain


@dataclass(frozen=True, slots=True)
class Nested:
    """A shared map that appeared as a value. `fields` are its plain values; None stands for a further shared type."""

    fields: Mapping[str, Plain]
    has_shared_fields: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One key of one map that an update changed.

    Attributes:
        path: Keys from the root map to the changed map; empty for the root map itself.
        key: The key within that map.
        did: Whether the key came, got another value, or went.
        value: The value afterwards; None if the key went.
    """

    path: tuple[str, ...]
    key: str
    did: Literal["add", "update", "delete"]
    value: Plain | Nested


@dataclass(frozen=True, slots=True)
class Action:
    """What an update did, in the language of the kind. Subclasses carry the particulars."""

    did: ClassVar[str]

    def to_plain(self) -> dict[str, Plain]:
        """For the journal: the fields beside ``"did"``."""
        return {"did": self.did, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Changes that fit the shape.

    Attributes:
        actions: What they amount to.
        settle: Brings the view up to date; called once if the changes are kept, never otherwise.
    """

    actions: tuple[Action, ...]
    settle: Callable[[], None]


class View(ABC):
    """What a document holds, kept up to date from the changes instead of read anew (reading 1 200 entries costs 40 ms)."""

    @abstractmethod
    def judge(self, changes: Sequence[Change], limits: Limits) -> Verdict:
        """What `changes` amount to. Changes nothing itself.

        Raises:
            SchemaViolation: The changes break the shape of the kind.
            UpdateTooLarge: They would take the document beyond a limit.
        """


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    Attributes:
        name: First part of the names of its documents, ``name:id``.
        root: Name of its one root map.
        open_view: Makes the view of a loaded document from the content of the root map and the keys ever used in it.
        is_server_written: Only the server writes: any effect of a client's update is a violation.
        belongs_to_room: The second part of the document's name is a room.
    """

    name: str
    root: str
    open_view: Callable[[Mapping[str, Plain], frozenset[str]], View]
    is_server_written: bool = False
    belongs_to_room: bool = True


Edit = Callable[[Map[object]], None]
"""Changes a document through its root map. Runs inside a transaction: it must not wait, and checks before it changes."""
