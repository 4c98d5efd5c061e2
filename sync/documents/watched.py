"""One document of the engine, with what must be known to use pycrdt 0.14 safely kept in one place.

- A Rust panic arrives as `PanicException`, a `BaseException` that would end every task; it leaves here as `EnginePanic`.
- A subscription that is not dropped leaks the document, and one that is dropped inside a callback crashes the process:
  subscriptions live exactly as long as this object is open, and callbacks only take notes.
- What an event tells is a hint where to look: after odd (but legal) deletions, yrs 0.28 tells keys of a nested map as keys
  of the root. So events give the touched keys, and the values are read from the document.
- A transaction is shared by whoever runs while it is open: nothing in here waits.
- Whole numbers come back as floats; see `plain`.

Source: measured on pycrdt 0.14.13; pycrdt #421, y-crdt #654.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn, Protocol, cast

from pycrdt import Doc, Map, TransactionEvent

from sync.documents.kind import Change, Edit, Nested
from sync.documents.plain import Plain, with_whole_numbers

# A transaction without effect encodes as no sections and no deletions.
_NO_EFFECT = b"\x00\x00"


class _MapEvent(Protocol):
    """What pycrdt's `MapEvent` has and does not declare. `keys`: what happened to each changed key of the map."""

    keys: Mapping[str, object]
    path: Sequence[object]


class EnginePanic(Exception):
    """The engine panicked. The document it happened in may be damaged and must be dropped."""


class EngineRefusal(Exception):
    """The engine could not read the bytes. The document is unharmed, but may have taken a part of them."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one transaction did.

    `update`: one minimal update with all of it, None if nothing happened. `changes`: visible changes, if watched.
    """

    update: bytes | None
    changes: tuple[Change, ...]


class WatchedDocument:
    """A document and its one root map.

    Args:
        root: Name of the root map; None: of a free-form document, which is never looked into.
        client_id: Id to author under.
        sees_changes: Collect visible changes of the root map too (costs about 10 us a transaction).
    """

    def __init__(self, root: str | None, client_id: int, *, sees_changes: bool) -> None:
        with _panics_told():
            self._doc: Doc[Map[object]] = Doc(client_id=client_id)
            # Looking at a root fixes its type: those of a free-form document are for its clients to name.
            self._root: Map[object] | None = None if root is None else self._doc.get(root, type=Map)
            self._subscription = self._doc.observe(self._note_update)
            watched = self._root if sees_changes else None
            self._deep_subscription = None if watched is None else watched.observe_deep(self._note_changes)
        self._update: bytes | None = None
        # Touched keys of the root map, and whether the value itself was set.
        self._touched: dict[str, bool] = {}
        self._is_open = True

    def apply(self, updates: Iterable[bytes]) -> Effect:
        """Apply `updates` in one transaction.

        Raises:
            EnginePanic: The document is unusable.
            EngineRefusal: One of them does not parse; those before it were applied.
        """
        with self._noting():
            try:
                with self._doc.transaction():
                    for update in updates:
                        self._doc.apply_update(update)
            except (ValueError, RuntimeError) as error:
                raise EngineRefusal(str(error)) from error
            return Effect(self._update, self._changes())

    def edit(self, edit: Edit) -> Effect:
        """Run `edit` in one transaction. What it raises passes through, if it has not changed anything yet.

        Raises:
            EnginePanic: The document is unusable.
            EngineRefusal: `edit` failed half-way; what it did until then cannot be taken back.
        """
        with self._noting():
            try:
                with self._doc.transaction():
                    edit(self._map)
            except Exception as error:
                if self._update is None:
                    raise
                raise EngineRefusal("an edit failed half-way") from error
            return Effect(self._update, self._changes())

    def state_vector(self) -> bytes:
        """What is known, as a Yjs state vector."""
        with _panics_told():
            return self._doc.get_state()

    def encode(self, state_vector: bytes = b"") -> bytes:
        """Everything that a replica at the (well-formed) `state_vector` lacks."""
        with _panics_told():
            return self._doc.get_update(state_vector or b"\x00")

    def content(self) -> Mapping[str, Plain]:
        """The root map as plain values, nested maps included. Costs about 3 us an entry of a queue."""
        with _panics_told():
            # One call of the engine; reading key by key takes ten times as long.
            text = str(self._map)
        return cast("Mapping[str, Plain]", json.loads(text, parse_float=_number_of))

    def close(self) -> None:
        """Drop the subscriptions. Idempotent, and never raises: it is also called on damaged documents."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            with _panics_told():
                self._doc.unobserve(self._subscription)
                if self._deep_subscription is not None:
                    self._map.unobserve(self._deep_subscription)
        except EnginePanic:
            # What a damaged document cannot give back is leaked once; the document itself goes.
            return

    @property
    def _map(self) -> Map[object]:
        assert self._root is not None, "a free-form document is not looked into"
        return self._root

    @contextmanager
    def _noting(self) -> Iterator[None]:
        assert self._is_open, "a closed document was used"
        self._update = None
        self._touched.clear()
        with _panics_told():
            yield

    def _note_update(self, event: TransactionEvent) -> None:
        update = event.update
        if update != _NO_EFFECT:
            self._update = update

    def _note_changes(self, events: Sequence[object]) -> None:
        for event in cast("Sequence[_MapEvent]", events):
            keys, path = event.keys, event.path
            if path:
                # An operation that lost against a concurrent one is told as an event without keys.
                if keys:
                    self._touched.setdefault(str(path[0]), False)
            else:
                self._touched.update(dict.fromkeys(keys, True))

    def _changes(self) -> tuple[Change, ...]:
        if not self._touched:
            return ()
        with self._doc.transaction():
            return tuple(self._change(key, was_set=was_set) for key, was_set in self._touched.items())

    def _change(self, key: str, *, was_set: bool) -> Change:
        if key not in self._map:
            return Change(key, is_there=False, value=None, was_set=was_set)
        return Change(key, is_there=True, value=_value_of(self._map[key]), was_set=was_set)


def _number_of(digits: str) -> Plain:
    return with_whole_numbers(float(digits))


def _value_of(value: object) -> Plain | Nested:
    if not isinstance(value, Map):
        try:
            return with_whole_numbers(value)
        except TypeError:
            return Nested({}, has_shared_fields=True)
    fields: dict[str, Plain] = {}
    has_shared_fields = False
    for key, field in value.items():
        try:
            fields[key] = with_whole_numbers(field)
        except TypeError:
            has_shared_fields = True
    return Nested(fields, has_shared_fields)


@contextmanager
def _panics_told() -> Iterator[None]:
    try:
        yield
    except BaseException as error:  # a panic is nothing narrower, and its class cannot be imported
        if type(error).__name__ != "PanicException":
            raise
        _tell(error)


def _tell(error: BaseException) -> NoReturn:
    raise EnginePanic(f"the document engine panicked: {error}") from error
