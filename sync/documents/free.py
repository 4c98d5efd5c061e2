"""Is this update of a free-form document well-formed, bounded, by its author, and complete?

Such a document has any roots of any shared types: maps, arrays, texts and XML, nested as its clients like. What it means is
theirs to say; here only those bounds hold that protect the server and the other clients. They are checked on the bytes, as in
`sync.documents.guard`, which has the layout of an update. Beyond what stands there:

============  ================================================================
content       bytes
============  ================================================================
3 binary      length, bytes
4 text        length in bytes, UTF-8; as many operations as UTF-16 code units
5 embedded    JSON as text
6 format      key, JSON as text
7 shared      type: 0 array, 1 map, 2 text, 3 XML element (name), 4 XML fragment, 5 XML hook (name), 6 XML text
8 plain       number of values, values; one operation each
============  ================================================================

Documents inside documents, moves and links are refused: nobody could follow them here.

Source: yjs 13.6 `src/structs/Content*.js` (format read, code written anew).
"""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Final, NamedTuple

from sync.documents.familiar import LARGEST_CLOCK, Id, Summary, recognise_free
from sync.documents.guard import (
    ANY,
    COLLECTED,
    DELETED,
    HAS_KEY,
    HAS_LEFT,
    HAS_RIGHT,
    SKIPPED,
    TYPE,
    Reading,
)
from sync.documents.limits import Limits
from sync.documents.nesting import Nesting, Placed
from sync.refusal import MalformedUpdate, MissingPredecessor, SchemaViolation, UpdateTooLarge

_BINARY: Final = 3
_TEXT: Final = 4
_EMBEDDED: Final = 5
_FORMAT: Final = 6

_NAMED_TYPES: Final = (3, 5)
_LAST_TYPE: Final = 6

# Names of roots and keys of maps.
_LONGEST_NAME: Final = 1024

# The depth of what stands at operations that come later in the update.
_UNPLACED: Final = 0


def inspect_free(
    update: bytes, limits: Limits, client_ids: frozenset[int], *, clocks: Mapping[int, int], nesting: Nesting
) -> Summary:
    """Read `update` of a free-form document without applying it; like `guard.inspect`, whose arguments these are.

    `nesting` is where the known operations stand, `Summary.placed` where the new ones do. `Summary.maps` and `keys` are empty.

    Raises:
        UpdateTooLarge, MalformedUpdate, SchemaViolation, ForeignClientId, MissingPredecessor: See `guard.inspect`. Shared
            values that may nest too deep are malformed, like plain ones.
    """
    if len(update) > limits.update_bytes:
        raise UpdateTooLarge(f"an update has at most {limits.update_bytes} bytes, this one has {len(update)}")
    familiar = recognise_free(update, limits, client_ids, clocks=clocks, nesting=nesting)
    return familiar or _FreeReading(update, limits, client_ids, clocks, nesting).run()


def read_own_free(update: bytes, clocks: Mapping[int, int], nesting: Nesting) -> Summary:
    """Read an update that the server made: a whole state, or what it journalled. Raises `Refusal` if it is none."""
    limits = Limits(update_bytes=len(update), text_bytes=len(update), run=LARGEST_CLOCK)
    return _FreeReading(update, limits, None, clocks, nesting).run()


class _Waiting(NamedTuple):
    """An item at others that come later in the update: `step` below the deepest of `references`, at least at depth `least`."""

    client: int
    begin: int
    references: tuple[Id, ...]
    step: int
    least: int


class _FreeReading(Reading):
    """One pass over one update of a free-form document."""

    __slots__ = (
        "_begins", "_depth_of_run", "_depths", "_is_deep", "_nested", "_nesting", "_references", "_runs", "_step", "_waiting",
    )  # fmt: skip

    def __init__(
        self,
        update: bytes,
        limits: Limits,
        client_ids: frozenset[int] | None,
        clocks: Mapping[int, int],
        nesting: Nesting,
    ) -> None:
        super().__init__(update, limits, client_ids, "", clocks, frozenset())
        self._nesting = nesting
        # New operations by client: where runs of one depth begin, and these depths. Each goes on to the next, the last to
        # the end of the section. _UNPLACED is what waits.
        self._runs: dict[int, tuple[list[int], list[int]]] = {}
        # Those of the section that is read.
        self._begins: list[int] = []
        self._depths: list[int] = []
        self._depth_of_run = _UNPLACED
        # Whether any is deeper than half the limit.
        self._is_deep = False
        # Depths of new shared values.
        self._nested: dict[Id, int] = {}
        # What the item that is read stands at.
        self._references: tuple[Id, ...] = ()
        self._step = 0
        self._waiting: list[_Waiting] = []

    def run(self) -> Summary:
        summary = super().run()
        if self._waiting:
            self._settle()
        if not self._nested and not self._is_deep:
            return summary
        placed = Placed(self._nested, self._deep_runs() if self._is_deep else ())
        return Summary(summary.ends, summary.deletions, summary.maps, summary.keys, placed)

    def _section(self) -> None:
        self._begins, self._depths, self._depth_of_run = [], [], _UNPLACED
        super()._section()
        if self._begins:
            self._runs[self._client] = self._begins, self._depths

    def _struct(self, known: int) -> None:
        info = self.data[self.at]
        self.at += 1
        content, begin = info & 0x1F, self._clock
        if content in (COLLECTED, SKIPPED):
            self._clock += self._run()
            if self._clock > known:
                if content == SKIPPED:
                    raise MissingPredecessor(f"operations up to {self._clock} of client {self._client} are left out")
                self._begin_run(max(begin, known), self._nesting.half)
            return
        depth = self._stand(info)
        if content == TYPE and begin >= known:
            self._nested[self._client, begin] = depth
            self._check_depth(self._client, begin, depth)
        length = self._content(content)
        # The engine cuts such an item in two and forgets the key of the rest. Sync by state vector never sends one.
        if info & HAS_KEY and begin < known < begin + length:
            raise MissingPredecessor(f"operation {known} of client {self._client} is within a run that begins before")
        self._clock += length
        if self._clock > known:
            least = 1
            if begin < known:
                # The engine puts the new rest of it behind the known part, wherever that is.
                begin, least = known, self._nesting.depth(self._client, known - 1)
            if depth == _UNPLACED:
                self._waiting.append(_Waiting(self._client, begin, self._references, self._step, least))
            elif depth < least:
                depth = least
            if depth != self._depth_of_run or depth == _UNPLACED:
                self._begin_run(begin, depth)

    def _stand(self, info: int) -> int:
        """Read where an item stands; how deep that is. Whether a parent can have children, the engine knows."""
        if info & (HAS_LEFT | HAS_RIGHT):
            # Both neighbours stand at one place, or engines do not agree where that is.
            beside = self._reference()
            both = info & HAS_LEFT and info & HAS_RIGHT
            return self._depth((beside, self._reference()) if both else (beside,), 0)
        if self.next() == 1:
            self.text(_LONGEST_NAME)
            depth = 1
        else:
            depth = self._depth((self._reference(),), 1)
        if info & HAS_KEY:
            self.text(_LONGEST_NAME)
        return depth

    # ── how deep ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin_run(self, begin: int, depth: int) -> None:
        self._begins.append(begin)
        self._depths.append(depth)
        self._depth_of_run = depth
        if depth > self._nesting.half:
            self._is_deep = True

    def _deep_runs(self) -> tuple[tuple[int, int, int, int], ...]:
        return tuple(
            (client, begin, end, depth)
            for client, (begins, depths) in self._runs.items()
            for begin, end, depth in zip(begins, (*begins[1:], self._ends[client]), depths, strict=True)
            if depth > self._nesting.half
        )

    def _depth(self, references: tuple[Id, ...], step: int) -> int:
        """How deep stands what is `step` below these; _UNPLACED if that is not known yet."""
        depth = 1
        for reference in references:
            found = self._nested.get(reference) or self._depth_at(*reference)
            if found == _UNPLACED:
                self._references, self._step = references, step
                return _UNPLACED
            if found + step > depth:
                depth = found + step
        return depth

    def _depth_at(self, client: int, clock: int) -> int:
        # Of what is known the engine takes no second version, whatever the update says about it.
        if clock < self._clocks.get(client, 0):
            return self._nesting.depth(client, clock)
        if client == self._client and client not in self._ends:
            begins, depths = self._begins, self._depths
        elif client in self._runs:
            begins, depths = self._runs[client]
        else:
            return _UNPLACED
        return depths[bisect_right(begins, clock) - 1]

    def _check_depth(self, client: int, clock: int, depth: int) -> None:
        if depth > self._nesting.deepest and not self._is_own:
            raise MalformedUpdate(
                f"shared values nest at most {self._nesting.deepest} deep; "
                f"that of operation {clock} of client {client} may stand deeper"
            )

    def _settle(self) -> None:
        """Place what waits, each after what it waits for."""
        ready, blocked = self._waiting, dict[Id, list[_Waiting]]()
        while ready:
            item = ready.pop()
            depth = self._depth(item.references, item.step)
            if depth == _UNPLACED:
                blocked.setdefault(self._blocker(item), []).append(item)
                continue
            depth, place = max(depth, item.least), (item.client, item.begin)
            begins, depths = self._runs[item.client]
            depths[bisect_right(begins, item.begin) - 1] = depth
            self._is_deep = self._is_deep or depth > self._nesting.half
            if place in self._nested:
                self._nested[place] = depth
                self._check_depth(*place, depth)
            ready += blocked.pop(place, ())
        if blocked:
            raise MissingPredecessor("operations wait for others that wait for them")

    def _blocker(self, item: _Waiting) -> Id:
        """Where the run begins that has to be placed before."""
        client, clock = next(each for each in item.references if self._depth_at(*each) == _UNPLACED)
        begins, _ = self._runs[client]
        return client, begins[bisect_right(begins, clock) - 1]

    def _content(self, content: int) -> int:
        if content == _TEXT:
            raw = self.text(self._limits.text_bytes)
            length = len(raw) if raw.isascii() else len(raw.decode().encode("utf-16-le")) // 2
            return self._filled(length)
        if content == DELETED:
            return self._run()
        if content == ANY:
            count = self._filled(self._count())
            for _ in range(count):
                self._value()
            return count
        if content == TYPE:
            self._shared()
        elif content == _BINARY:
            self.skip(self.next())
        elif content == _EMBEDDED:
            self._json()
        elif content == _FORMAT:
            self.text(_LONGEST_NAME)
            self._json()
        else:
            raise SchemaViolation(f"content of kind {content} has no place in any document here")
        return 1

    def _shared(self) -> None:
        kind = self.next()
        if kind > _LAST_TYPE:
            raise SchemaViolation(f"shared type {kind} has no place in any document here")
        if kind in _NAMED_TYPES:
            self.text(_LONGEST_NAME)

    def _json(self) -> None:
        """JSON may nest as deep as other values. Brackets inside its texts count too, which errs on the safe side."""
        depth = 0
        for byte in self.text(self._limits.text_bytes):
            if byte in b"[{":
                depth += 1
                if depth > self._limits.depth:
                    raise MalformedUpdate(f"a value nests at most {self._limits.depth} deep")
            elif byte in b"]}":
                depth -= 1

    def _filled(self, length: int) -> int:
        if length == 0:
            raise MalformedUpdate("an item without content")
        return length
