"""Who may do what in a room: one table, role by action, widened by the room's settings."""

from collections.abc import Mapping
from typing import Final, Literal

from hathor_rt.storage.ports import RoomRecord

Action = Literal["control", "add", "edit-own", "edit-any", "invite", "kick", "configure"]
"""control: play, pause, seek, skip, rate. edit-own / edit-any: move or remove entries one added oneself / of others."""

ALL_ACTIONS: Final[frozenset[str]] = frozenset(
    {"control", "add", "edit-own", "edit-any", "invite", "kick", "configure"}
)

_TABLE: Final[Mapping[str, frozenset[str]]] = {
    "host": ALL_ACTIONS,
    "guest": frozenset({"add", "edit-own"}),
}


def permitted(role: str, record: RoomRecord) -> frozenset[str]:
    """Actions of `role` under the room's settings; an unknown role may do nothing."""
    allowed = _TABLE.get(role, frozenset())
    if role == "guest":
        if record.guests_control:
            allowed |= {"control"}
        if record.guests_edit:
            allowed |= {"edit-any"}
    return allowed
