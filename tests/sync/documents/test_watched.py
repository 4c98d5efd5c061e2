"""The engine, with its traps covered."""

import pytest
from pycrdt import Doc, Map, Snapshot

from sync.documents.kind import Edit, Nested
from sync.documents.watched import EnginePanic, EngineRefusal, WatchedDocument


@pytest.fixture
def watched() -> WatchedDocument:
    return WatchedDocument("root", 1, sees_changes=True)


def put(key: str, value: object) -> Edit:
    return lambda root: root.__setitem__(key, value)


def test_an_edit_tells_its_update_and_its_changes(watched: WatchedDocument) -> None:
    effect = watched.edit(put("a", Map({"x": 1, "y": Map()})))
    [change] = effect.changes
    assert (change.key, change.is_there, change.was_set) == ("a", True, True)
    assert change.value == Nested({"x": 1}, has_shared_fields=True)
    other = WatchedDocument("root", 2, sees_changes=False)
    assert effect.update is not None
    told = other.apply([effect.update])
    assert told.update == effect.update
    assert told.changes == ()
    assert other.content() == watched.content() == {"a": {"x": 1, "y": {}}}
    watched.close()
    other.close()


def test_a_change_inside_tells_where_to_look(watched: WatchedDocument) -> None:
    watched.edit(put("a", Map({"x": 1})))

    def edit(root: Map[object]) -> None:
        inner = root["a"]
        assert isinstance(inner, Map)
        inner["x"] = 2

    [change] = watched.edit(edit).changes
    assert (change.key, change.value, change.was_set) == ("a", Nested({"x": 2}, has_shared_fields=False), False)
    [gone] = watched.edit(lambda root: root.__delitem__("a")).changes
    assert (gone.key, gone.is_there, gone.value) == ("a", False, None)
    watched.close()


def test_nothing_happened_is_told_as_nothing(watched: WatchedDocument) -> None:
    effect = watched.edit(lambda _: None)
    assert (effect.update, effect.changes) == (None, ())
    first = watched.edit(put("a", 1)).update
    assert first is not None
    assert watched.apply([first, first]).update is None
    watched.close()


@pytest.mark.parametrize("garbage", [b"", b"\x01", b"\xff" * 8])
def test_bytes_that_do_not_parse_are_an_ordinary_exception(watched: WatchedDocument, garbage: bytes) -> None:
    with pytest.raises(EngineRefusal):
        watched.apply([garbage])
    watched.edit(put("a", 1))
    assert watched.content() == {"a": 1}
    watched.close()


def test_a_panic_is_an_ordinary_exception(watched: WatchedDocument) -> None:
    def panics(_: Map[object]) -> None:
        Doc.from_snapshot(Snapshot.from_doc(Doc()), Doc())

    with pytest.raises(EnginePanic):
        watched.edit(panics)
    watched.close()


def test_an_edit_that_fails_before_it_changes_anything_is_its_own_affair(watched: WatchedDocument) -> None:
    def at_once(_: Map[object]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        watched.edit(at_once)

    def half_way(root: Map[object]) -> None:
        root["a"] = 1
        raise ZeroDivisionError

    with pytest.raises(EngineRefusal):
        watched.edit(half_way)
    watched.close()


def test_a_stop_from_the_keyboard_passes_through(watched: WatchedDocument) -> None:
    def interrupted(_: Map[object]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watched.edit(interrupted)
    watched.close()


def test_a_closed_document_is_not_used(watched: WatchedDocument) -> None:
    watched.close()
    watched.close()
    with pytest.raises(AssertionError):
        watched.edit(put("a", 1))


def test_what_is_missing_is_encoded(watched: WatchedDocument) -> None:
    watched.edit(put("a", 1))
    vector = watched.state_vector()
    second = watched.edit(put("b", 2)).update
    assert watched.encode(vector) == second
    assert watched.encode() == watched.encode(b"\x00")
    watched.close()
