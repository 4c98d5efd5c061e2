"""Whatever happens between two tellings is told once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.documents.presence import Presence, PresenceChanges


def test_only_the_newest_record_is_told() -> None:
    presence: Presence[str] = Presence()
    presence.put("c1", "silent")
    presence.put("c1", "in step")
    presence.put("c2", "loose")
    assert presence.take_changes() == PresenceChanges(("in step", "loose"), ())
    assert presence.take_changes() is None
    assert presence.everyone() == ("in step", "loose")
    assert presence.get("c1") == "in step"
    assert len(presence) == 2


def test_what_came_back_or_came_and_went_is_not_told() -> None:
    presence: Presence[str] = Presence()
    presence.put("c1", "a")
    presence.take_changes()
    presence.put("c1", "b")
    presence.put("c1", "a")
    presence.put("c2", "x")
    presence.drop("c2")
    presence.drop("c9")
    assert presence.take_changes() is None


def test_who_left_is_gone_once() -> None:
    presence: Presence[str] = Presence()
    presence.put("c1", "a")
    presence.take_changes()
    presence.drop("c1")
    presence.drop("c1")
    assert presence.take_changes() == PresenceChanges((), ("c1",))
    assert presence.take_changes() is None
    assert presence.get("c1") is None


def test_who_left_and_came_back_changed_is_present() -> None:
    presence: Presence[str] = Presence()
    presence.put("c1", "a")
    presence.take_changes()
    presence.drop("c1")
    presence.put("c1", "b")
    assert presence.take_changes() == PresenceChanges(("b",), ())


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 2) | st.just("tell")), max_size=30))
def test_who_listens_to_the_changes_knows_everyone(steps: list[tuple[str, object]]) -> None:
    presence: Presence[tuple[str, object]] = Presence()
    known: dict[str, tuple[str, object]] = {}
    for connection, step in [*steps, ("a", "tell")]:
        if step is None:
            presence.drop(connection)
        elif step != "tell":
            presence.put(connection, (connection, step))
        else:
            changes = presence.take_changes() or PresenceChanges((), ())
            for connected in changes.gone:
                del known[connected]
            known.update({record[0]: record for record in changes.present})
    assert sorted(known.values()) == sorted(presence.everyone())
