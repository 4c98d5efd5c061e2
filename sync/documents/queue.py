"""The queue of a room: what plays, what played and what will.

Root map ``entries``: entry id → nested map of ``track`` (id), ``added_by`` (principal id), ``order`` (order key) and
``added_at`` (Micros UTC, a whole number). Only ``order`` may change afterwards. An entry id is used once: setting it again
is refused, also after its removal, so nothing brings a removed entry back. Entries stand in the order of (order, entry).
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from pycrdt import Map

from sync.documents import order
from sync.documents.kind import Action, Change, Content, Edit, Kind, Nested, Verdict, View
from sync.documents.limits import Limits
from sync.documents.plain import LARGEST_WHOLE, Plain
from sync.documents.replica import Replica
from sync.refusal import SchemaViolation, UnknownEntry, UpdateTooLarge
from sync.units import Micros

ROOT: Final = "entries"

# The server rebalances keys longer than this, and aims at half of it, so that it is not called again at once.
LONG_KEY: Final = 48
_SHORT_KEY: Final = 24

_MOST_ENTRIES: Final = Limits().entries

_LONGEST_ID: Final = 32
# A pattern takes a quarter of the time that a set of characters does, which counts when thousands are loaded.
_ID: Final = re.compile(rf"[0-9a-hjkmnp-tv-z]{{1,{_LONGEST_ID}}}")
_FIELDS: Final = frozenset({"track", "added_by", "order", "added_at"})


class QueueEntry(msgspec.Struct, frozen=True, gc=False):
    """One entry. `added_at` is UTC, for people."""

    entry: str
    track: str
    added_by: str
    order: str
    added_at: Micros


class Added(Action, frozen=True, tag="added"):
    """An entry came. That `added_by` is the author is for the room to check."""

    entry: str
    track: str
    added_by: str
    order: str
    added_at: Micros


class Moved(Action, frozen=True, tag="moved"):
    """An entry went from order key `came_from` to `order`."""

    entry: str
    track: str
    added_by: str
    came_from: str
    order: str


class Removed(Action, frozen=True, tag="removed"):
    """An entry went; all of it is told, because the document forgets it."""

    entry: str
    track: str
    added_by: str
    order: str
    added_at: Micros


QueueAction = Added | Moved | Removed


def _place(entry: QueueEntry) -> tuple[str, str]:
    """What entries are sorted by."""
    return (entry.order, entry.entry)


class QueueView(View):
    """All entries, sorted.

    Attributes:
        what: How people call the document.
    """

    what = "queue"

    def __init__(self, entries: Iterable[QueueEntry], used: Iterable[str]) -> None:
        self._entries = {entry.entry: entry for entry in entries}
        self._used = set(used) | self._entries.keys()
        # All entries in order, and beside each what it is sorted by.
        self._rows = sorted(self._entries.values(), key=_place)
        self._places = [_place(entry) for entry in self._rows]
        self._overlong = {entry.entry for entry in self._rows if len(entry.order) > LONG_KEY}
        self._shown: tuple[QueueEntry, ...] | None = None

    def judge(self, changes: Sequence[Change], limits: Limits) -> Verdict:
        """See `View.judge`."""
        puts: dict[str, QueueEntry] = {}
        drops: list[QueueEntry] = []
        actions: list[Action] = []
        entries = self._entries
        added = 0
        for change in changes:
            old = entries.get(change.key)
            if not change.is_there:
                if old is not None:
                    drops.append(old)
                    actions.append(Removed(old.entry, old.track, old.added_by, old.order, old.added_at))
                continue
            new = self._read(change)
            if old is None:
                added += 1
                actions.append(Added(new.entry, new.track, new.added_by, new.order, new.added_at))
            elif new == old:
                continue
            else:
                actions.extend(self._differences(old, new))
            puts[new.entry] = new
        if added and len(entries) + added - len(drops) > limits.entries:
            raise UpdateTooLarge(f"a {self.what} has at most {limits.entries} entries")
        if added and len(self._used) + added > limits.entry_ids:
            raise UpdateTooLarge(f"{limits.entry_ids} entries went through this {self.what}, it cannot take more")
        return Verdict(tuple(actions), lambda: self._settle(puts, drops))

    def get(self, entry: str) -> QueueEntry | None:
        """The entry of this id."""
        return self._entries.get(entry)

    def content(self) -> Callable[[], Content]:
        """See `View.content`."""
        entries, used, fields_of = tuple(self._entries.values()), frozenset(self._used), self._fields
        return lambda: ({entry.entry: fields_of(entry) for entry in entries}, used)

    def entries(self) -> tuple[QueueEntry, ...]:
        """All entries in order. The same tuple until something changes."""
        if self._shown is None:
            self._shown = tuple(self._rows)
        return self._shown

    @property
    def has_overlong_keys(self) -> bool:
        """Whether `rebalanced` has anything to do."""
        return bool(self._overlong)

    def _read(self, change: Change) -> QueueEntry:
        entry, value = _id(change.key, "an entry id"), change.value
        if change.was_set and entry in self._used:
            raise SchemaViolation(f"entry id {entry} is taken: every addition needs a new one")
        if not isinstance(value, Nested) or value.has_shared_fields:
            raise SchemaViolation("an entry is a map of plain values")
        return self._parse(entry, value.fields)

    def _parse(self, entry: str, fields: Mapping[str, Plain]) -> QueueEntry:
        return entry_of_fields(entry, fields)

    def _fields(self, entry: QueueEntry) -> Mapping[str, Plain]:
        return {"track": entry.track, "added_by": entry.added_by, "order": entry.order, "added_at": entry.added_at}

    def _differences(self, old: QueueEntry, new: QueueEntry) -> Sequence[Action]:
        if new.track != old.track or new.added_by != old.added_by or new.added_at != old.added_at:
            raise SchemaViolation("of an entry only the order may change")
        return [Moved(new.entry, new.track, new.added_by, old.order, new.order)]

    def _settle(self, puts: Mapping[str, QueueEntry], drops: Sequence[QueueEntry]) -> None:
        for dropped in drops:
            self._unsort(self._entries.pop(dropped.entry))
        for put in puts.values():
            old = self._entries.get(put.entry)
            if old is not None:
                self._unsort(old)
            self._entries[put.entry] = put
            self._used.add(put.entry)
            place = _place(put)
            index = bisect_left(self._places, place)
            self._places.insert(index, place)
            self._rows.insert(index, put)
            if len(put.order) > LONG_KEY:
                self._overlong.add(put.entry)
        self._shown = None

    def _unsort(self, entry: QueueEntry) -> None:
        place = _place(entry)
        index = bisect_left(self._places, place)
        assert self._places[index] == place, "the sorted list lost an entry"
        del self._places[index], self._rows[index]
        self._overlong.discard(entry.entry)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def entries(replica: Replica) -> tuple[QueueEntry, ...]:
    """All entries of a queue in order, accepted updates included. Cheap: kept, not read."""
    return _view(replica).entries()


def has_overlong_keys(replica: Replica) -> bool:
    """Whether `rebalanced` has anything to do. Known, not looked for."""
    return _view(replica).has_overlong_keys


def entry_of(replica: Replica, entry: str) -> QueueEntry | None:
    """The entry of this id, None if it is not (or no longer) there."""
    return _view(replica).get(entry)


def orders_at(queue: Sequence[QueueEntry], index: int, ids: Sequence[str]) -> list[str]:
    """Order keys for new entries `ids` that are to stand, in this order, before ``queue[index]`` (its length: at the end)."""
    left = queue[index - 1].order if index > 0 else None
    # Entries with equal keys stand by id, and nothing fits between them: the next greater key is the bound.
    right = next((entry.order for entry in queue[index:] if left is None or entry.order > left), None)
    return order.run(left, right, ids)


def rebalanced(queue: Sequence[QueueEntry]) -> dict[str, str]:
    """New order keys, by entry id, for the entries around overlong keys; empty if no key is overlong."""
    long = [index for index, entry in enumerate(queue) if len(entry.order) > LONG_KEY]
    if not long:
        return {}
    first, last = long[0], long[-1] + 1
    while True:
        ids = [entry.entry for entry in queue[first:last]]
        left = queue[first - 1].order if first > 0 else None
        right = queue[last].order if last < len(queue) else None
        is_whole = left is None and right is None
        if is_whole or left is None or right is None or left < right:
            keys = order.run(left, right, ids)
            if is_whole or len(keys[0]) <= _SHORT_KEY:
                return dict(zip(ids, keys, strict=True))
        # The neighbours are as crowded: take as many again on each side.
        first, last = max(0, first - len(ids)), min(len(queue), last + len(ids))


# ── edits ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def add(*new: QueueEntry, at_most: int = _MOST_ENTRIES) -> Edit:
    """Add entries under ids that were never used.

    Raises:
        UpdateTooLarge: The queue would have more than `at_most` entries; nothing was added.
        SchemaViolation: One of them is there already; nothing was added.
    """

    def edit(root: Map[object]) -> None:
        if len(root) + len(new) > at_most:
            raise UpdateTooLarge(f"a queue has at most {at_most} entries")
        for entry in new:
            if entry.entry in root:
                raise SchemaViolation(f"entry id {entry.entry} is taken: every addition needs a new one")
        for entry in new:
            fields = {
                "track": entry.track,
                "added_by": entry.added_by,
                "order": entry.order,
                "added_at": entry.added_at,
            }
            root[entry.entry] = Map[object](dict[str, object](fields))

    return edit


def move(orders: Mapping[str, str]) -> Edit:
    """Give entries (by id) new order keys. Those that are not there are left out: they were removed meanwhile."""

    def edit(root: Map[object]) -> None:
        for entry, key in orders.items():
            fields = root.get(entry)
            if isinstance(fields, Map):
                fields["order"] = key

    return edit


def remove(*ids: str) -> Edit:
    """Remove entries.

    Raises:
        UnknownEntry: One of them is not there; nothing was removed.
    """

    def edit(root: Map[object]) -> None:
        for entry in ids:
            if entry not in root:
                raise UnknownEntry(f"no entry {entry} in the queue")
        for entry in dict.fromkeys(ids):
            del root[entry]

    return edit


# ── shape ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _view(replica: Replica) -> QueueView:
    view = replica.view
    assert isinstance(view, QueueView), f"expected a queue, not a {replica.kind.name} document"
    return view


def _open_view(content: Mapping[str, Plain], used: frozenset[str]) -> QueueView:
    found = []
    for entry, fields in content.items():
        if not isinstance(fields, Mapping):
            raise SchemaViolation(f"entry {entry} is no map")
        found.append(entry_of_fields(entry, fields))
    return QueueView(found, used)


def entry_of_fields(entry: str, fields: Mapping[str, Plain]) -> QueueEntry:
    """The entry that `fields` describe. Raises `SchemaViolation` unless they are exactly an entry's."""
    if fields.keys() != _FIELDS:
        raise SchemaViolation(f"an entry has the fields {', '.join(sorted(_FIELDS))}, not {', '.join(sorted(fields))}")
    added_at = fields["added_at"]
    if type(added_at) is not int or not 0 <= added_at <= LARGEST_WHOLE:
        raise SchemaViolation("added_at is a whole number of microseconds")
    track, added_by = _id(fields["track"], "track"), _id(fields["added_by"], "added_by")
    return QueueEntry(entry, track, added_by, _order(fields["order"]), Micros(added_at))


def _id(value: Plain | Nested, what: str) -> str:
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    raise SchemaViolation(f"{what} has 1 to {_LONGEST_ID} characters of 0-9 a-z without i, l, o, u")


def _order(value: Plain | Nested) -> str:
    if isinstance(value, str) and order.is_key(value):
        return value
    raise SchemaViolation("order is an order key: base 62, not ending in 0")


QUEUE: Final = Kind("queue", ROOT, _open_view)
"""The kind ``queue:<room>``."""
