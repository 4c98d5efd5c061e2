"""Updates that were made by hand are what a document would have sent."""

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Map

from loadtests.realtime.updates import MapWriter, varuint
from sync.documents.varuint import Varuints


def _content(updates: list[bytes]) -> dict[str, object]:
    doc: Doc[Map[object]] = Doc()
    shared: Map[object] = doc.get("load", type=Map)
    for update in updates:
        doc.apply_update(update)
    return shared.to_py() or {}


def test_every_set_replaces_the_one_before() -> None:
    writer = MapWriter(0x5000_0001, "load", "a")
    updates = [writer.set(b"value %d" % number) for number in range(300)]
    for count in (1, 2, 130, 300):
        assert _content(updates[:count]) == {"a": f"value {count - 1}"}


def test_writers_do_not_touch_each_others_keys() -> None:
    one, other = MapWriter(1, "load", "a"), MapWriter(2**32 - 1, "load", "b")
    updates = [*one.sets([b"1", b"2"]), *other.sets([b"3"]), *one.sets([b"4"])]
    assert _content(updates) == {"a": "4", "b": "3"}


def test_what_was_replaced_is_deleted_and_not_kept() -> None:
    writer = MapWriter(7, "load", "a")
    doc: Doc[Map[object]] = Doc()
    for update in writer.sets(b"x" * 100 for _ in range(1000)):
        doc.apply_update(update)
    assert len(doc.get_update()) < 200


def test_the_bytes_are_those_of_a_document() -> None:
    source: Doc[Map[object]] = Doc(client_id=77)
    shared: Map[object] = source.get("load", type=Map)
    seen: list[bytes] = []
    subscription = source.observe(lambda event: seen.append(event.update))
    for value in ("one", "two", "three"):
        shared["key"] = value
    source.unobserve(subscription)
    assert list(MapWriter(77, "load", "key").sets([b"one", b"two", b"three"])) == seen


@given(st.integers(0, 2**53 - 1))
def test_numbers_are_read_as_they_were_written(value: int) -> None:
    assert Varuints(varuint(value)).next() == value
