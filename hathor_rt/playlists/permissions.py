"""Who may do what in a document that stands alone: one table for each kind, role by action."""

from collections.abc import Mapping
from typing import Final, Literal

from sync.refusal import NotAllowed

Right = Literal["add", "arrange", "annotate", "describe", "write"]
"""add: entries. arrange: move and remove them. annotate: write notes. describe: title and description. write: anything."""

ROLES: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "playlist": {
        "owner": frozenset({"add", "arrange", "annotate", "describe"}),
        "editor": frozenset({"add", "arrange", "annotate", "describe"}),
        "viewer": frozenset(),
    },
    "scratch": {
        "editor": frozenset({"write"}),
        "viewer": frozenset(),
    },
}
"""By kind of document, then by role."""

_REASONS: Final[Mapping[str, str]] = {
    "add": "your role may not add tracks to this playlist",
    "arrange": "your role may not change the order of this playlist",
    "annotate": "your role may not write notes in this playlist",
    "describe": "your role may not change what this playlist says of itself",
    "write": "your role may only read this document",
}


def require(kind: str, role: str, right: Right) -> None:
    """Let `role` do what needs `right`. Raises `NotAllowed`; an unknown role may do nothing."""
    if right not in ROLES[kind].get(role, frozenset()):
        raise NotAllowed(_REASONS[right])
