from dataclasses import replace

import pytest

from hathor_rt.ids import PrincipalId, RoomId
from hathor_rt.rooms.permissions import ALL_ACTIONS, Action, permitted, require
from hathor_rt.storage.ports import RoomRecord
from sync.refusal import NotAllowed
from sync.units import Micros

ROOM = RoomRecord(RoomId("r"), "Room", PrincipalId("host"), Micros(0), False, False, False, False)


def test_a_host_may_do_everything() -> None:
    assert permitted("host", ROOM) == ALL_ACTIONS


def test_a_guest_adds_and_edits_what_is_theirs() -> None:
    assert permitted("guest", ROOM) == {"add", "edit-own"}


@pytest.mark.parametrize(
    ("setting", "actions"),
    [("guests_control", {"control", "vibe", "calibrate"}), ("guests_edit", {"edit-any"})],
    ids=["control", "edit"],
)
def test_settings_widen_what_guests_may_do(setting: str, actions: set[str]) -> None:
    widened = replace(ROOM, guests_control=setting == "guests_control", guests_edit=setting == "guests_edit")
    assert permitted("guest", widened) == {"add", "edit-own"} | actions
    assert "kick" not in permitted("guest", replace(ROOM, guests_control=True, guests_edit=True))


def test_an_unknown_role_may_do_nothing() -> None:
    assert permitted("ghost", replace(ROOM, guests_control=True, guests_edit=True)) == frozenset()


ACTIONS: tuple[Action, ...] = (
    "control",
    "vibe",
    "reset-vibe",
    "calibrate",
    "add",
    "edit-own",
    "edit-any",
    "invite",
    "kick",
    "configure",
)


def test_every_action_is_refused_with_a_reason_of_its_own() -> None:
    assert set(ACTIONS) == ALL_ACTIONS
    reasons = set()
    for action in ACTIONS:
        require("host", ROOM, action)
        with pytest.raises(NotAllowed) as refused:
            require("ghost", ROOM, action)
        reasons.add(refused.value.reason)
    assert len(reasons) == len(ACTIONS)
