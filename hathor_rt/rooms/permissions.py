"""Who may do what in a room: one table, role by action, widened by the room's settings."""

from collections.abc import Mapping
from typing import Final, Literal

from hathor_rt.storage.ports import RoomRecord
from sync.refusal import NotAllowed

Action = Literal[
    "control", "vibe", "reset-vibe", "calibrate", "add", "edit-own", "edit-any", "invite", "kick", "configure"
]
"""control: play, pause, seek, skip. vibe: tempo and pitch. calibrate: sound checks on the devices of all. edit-own / edit-any:
move or remove entries one added oneself / of others."""

ALL_ACTIONS: Final[frozenset[str]] = frozenset(
    {"control", "vibe", "reset-vibe", "calibrate", "add", "edit-own", "edit-any", "invite", "kick", "configure"}
)

_TABLE: Final[Mapping[str, frozenset[str]]] = {
    "host": ALL_ACTIONS,
    "guest": frozenset({"add", "edit-own"}),
}

_REASONS: Final[Mapping[str, str]] = {
    "control": "in this room only the host controls what plays",
    "vibe": "in this room only the host changes tempo and pitch",
    "reset-vibe": "only a host of the room may put its vibe back",
    "calibrate": "in this room only the host starts and stops sound checks on everybody's devices",
    "add": "your role may not add tracks here",
    "edit-own": "your role may not change the queue here",
    "edit-any": "in this room you may move and remove only what you added yourself",
    "invite": "only a host of the room may see or renew its link",
    "kick": "only a host of the room may ask others to leave",
    "configure": "only a host of the room may change it",
}


def permitted(role: str, record: RoomRecord) -> frozenset[str]:
    """Actions of `role` under the room's settings; an unknown role may do nothing."""
    allowed = _TABLE.get(role, frozenset())
    if role == "guest":
        if record.guests_control:
            # A check interrupts the music of all, as a pause does: whoever may do the one may do the other.
            allowed |= {"control", "vibe", "calibrate"}
        if record.guests_edit:
            allowed |= {"edit-any"}
    return allowed


def require(role: str, record: RoomRecord, action: Action) -> None:
    """Let `role` do `action`.

    Raises:
        NotAllowed: Its role does not permit that under the room's settings.
    """
    if action not in permitted(role, record):
        raise NotAllowed(_REASONS[action])
