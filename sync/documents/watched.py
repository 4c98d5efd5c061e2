"""One document of the engine, with what must be known to use pycrdt 0.14 safely kept in one place.

- A Rust panic arrives as `PanicException`, a `BaseException` that would end every task; it leaves here as `EnginePanic`.
- A subscription that is not dropped leaks the document, and one that is dropped inside a callback crashes the process:
  subscriptions live exactly as long as this object is open, and callbacks only take notes.
- What an event tells is a hint where to look: after odd (but legal) deletions, yrs 0.28 tells keys of a nested map as keys
  of the root. So events give the touched keys, and the values are read from the document.
- A transaction is shared by whoever runs while it is open: nothing in here waits.
- The convenient classes cost three times what the engine does (they wrap every event, compute fields of it that nobody
  reads, and open a transaction for each value read), so updates go through the layer below them, `pycrdt._pycrdt`. Only
  `edit` hands out the convenient map.
- Whole numbers come back as floats; see `plain`.

Source: measured on pycrdt 0.14.13; pycrdt #421, y-crdt #654.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Final, Protocol, cast

import msgspec
from pycrdt import Doc, Map, get_state
from pycrdt._pycrdt import Doc as Engine
from pycrdt._pycrdt import Map as EngineMap
from pycrdt._pycrdt import Transaction, TransactionEvent

from sync.documents.kind import Change, Edit, Nested
from sync.documents.plain import LARGEST_WHOLE, Plain, with_whole_numbers

# A transaction without effect encodes as no sections and no deletions.
_NO_EFFECT = b"\x00\x00"


class _MapEvent(Protocol):
    """What pycrdt's `MapEvent` has and does not declare. `keys`: what happened to each changed key of the map."""

    keys: Mapping[str, object]
    path: Sequence[object]


class _Keyed(Protocol):
    """What the engine's map has and does not declare."""

    def keys(self, transaction: Transaction) -> Iterable[str]: ...


class EnginePanic(Exception):
    """The engine panicked. The document it happened in may be damaged and must be dropped."""


class EngineRefusal(Exception):
    """The engine could not read the bytes. The document is unharmed, but may have taken a part of them."""


class Effect(msgspec.Struct, frozen=True):
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
        with _PANICS_TOLD:
            self._doc: Doc[Map[object]] = Doc(client_id=client_id)
            # Looking at a root fixes its type: those of a free-form document are for its clients to name.
            self._root: Map[object] | None = None if root is None else self._doc.get(root, type=Map)
            self._engine: Engine = self._doc._doc  # noqa: SLF001  # see above
            self._subscriptions = [self._engine.observe(self._note_update)]
            if sees_changes and self._root is not None:
                self._subscriptions.append(self._root.integrated.observe_deep(self._note_changes))
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
        self._forget_noted()
        # As `_PANICS_TOLD` does, which would cost half a microsecond.
        try:
            try:
                self._run(updates)
            except (ValueError, RuntimeError) as error:
                raise EngineRefusal(str(error)) from error
            return Effect(self._update, self._changes() if self._touched else ())
        except BaseException as error:
            _tell_panic(error)
            raise

    def edit(self, edit: Edit) -> Effect:
        """Run `edit` in one transaction. What it raises passes through, if it has not changed anything yet.

        Raises:
            EnginePanic: The document is unusable.
            EngineRefusal: `edit` failed half-way; what it did until then cannot be taken back.
        """
        self._forget_noted()
        with _PANICS_TOLD:
            try:
                with self._doc.transaction():
                    edit(self._map)
            except Exception as error:
                if self._update is None:
                    raise
                raise EngineRefusal("an edit failed half-way") from error
            return Effect(self._update, self._changes() if self._touched else ())

    def state_vector(self) -> bytes:
        """What is known, as a Yjs state vector."""
        with _PANICS_TOLD:
            return self._doc.get_state()

    def encode(self, state_vector: bytes = b"") -> bytes:
        """Everything that a replica at the (well-formed) `state_vector` lacks."""
        with _PANICS_TOLD:
            return self._doc.get_update(state_vector or b"\x00")

    def content(self) -> Mapping[str, Plain]:
        """The root map as plain values, nested maps included. Costs about 3 us an entry of a queue."""
        with _PANICS_TOLD:
            # One call of the engine; reading key by key takes ten times as long.
            text = str(self._map)
        return cast("Mapping[str, Plain]", json.loads(text, parse_float=_number_of))

    def close(self) -> None:
        """Drop the subscriptions. Idempotent, and never raises: it is also called on damaged documents."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            with _PANICS_TOLD:
                for subscription in self._subscriptions:
                    subscription.drop()
        except EnginePanic:
            # What a damaged document cannot give back is leaked once; the document itself goes.
            return

    @property
    def _map(self) -> Map[object]:
        assert self._root is not None, "a free-form document is not looked into"
        return self._root

    def _forget_noted(self) -> None:
        assert self._is_open, "a closed document was used"
        self._update = None
        self._touched.clear()

    def _run(self, updates: Iterable[bytes]) -> None:
        transaction = self._engine.create_transaction()
        try:
            for update in updates:
                self._engine.apply_update(transaction, update)
        finally:
            # Also after a failure: what was applied is part of the document, and its observers have to know.
            transaction.commit()
            transaction.drop()

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
        root: EngineMap = self._map.integrated
        transaction = self._engine.create_transaction()
        try:
            return tuple(_change(root, transaction, key, was_set) for key, was_set in self._touched.items())
        finally:
            transaction.drop()


def _number_of(digits: str) -> Plain:
    return with_whole_numbers(float(digits))


def _change(root: EngineMap, transaction: Transaction, key: str, was_set: bool) -> Change:
    if not root.has(transaction, key):
        return Change(key, is_there=False, value=None, was_set=was_set)
    return Change(key, is_there=True, value=_value_of(root.get(transaction, key), transaction), was_set=was_set)


def _value_of(value: object, transaction: Transaction) -> Plain | Nested:
    if not isinstance(value, EngineMap):
        try:
            return with_whole_numbers(value)
        except TypeError:
            return Nested({}, has_shared_fields=True)
    fields: dict[str, Plain] = {}
    has_shared_fields = False
    for key in cast("_Keyed", value).keys(transaction):
        field = value.get(transaction, key)
        kind = type(field)
        if kind is str:
            fields[key] = field
            continue
        if kind is float and field.is_integer() and -LARGEST_WHOLE <= field <= LARGEST_WHOLE:
            fields[key] = int(field)
            continue
        try:
            fields[key] = with_whole_numbers(field)
        except TypeError:
            has_shared_fields = True
    return Nested(fields, has_shared_fields)


def state_vector_of(update: bytes) -> bytes:
    """The state vector of a replica that got `update` and nothing else; what builds on something before it does not count.

    Raises:
        EnginePanic, EngineRefusal: It is no update.
    """
    with _PANICS_TOLD:
        try:
            return get_state(update)
        except (ValueError, RuntimeError) as error:
            raise EngineRefusal(str(error)) from error


class _PanicsTold:
    """Turns a panic of the engine into `EnginePanic`. Without state: one serves all, nested as well."""

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            _tell_panic(error)


def _tell_panic(error: BaseException) -> None:
    # A panic is nothing narrower than BaseException, and its class cannot be imported.
    if type(error).__name__ == "PanicException":
        raise EnginePanic(f"the document engine panicked: {error}") from error


_PANICS_TOLD: Final = _PanicsTold()
