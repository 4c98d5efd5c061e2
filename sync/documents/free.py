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

from collections.abc import Mapping
from typing import Final

from sync.documents.familiar import LARGEST_CLOCK, Summary, recognise
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
from sync.refusal import MalformedUpdate, MissingPredecessor, SchemaViolation, UpdateTooLarge

_BINARY: Final = 3
_TEXT: Final = 4
_EMBEDDED: Final = 5
_FORMAT: Final = 6

_NAMED_TYPES: Final = (3, 5)
_LAST_TYPE: Final = 6

# Names of roots and keys of maps.
_LONGEST_NAME: Final = 1024


def inspect_free(update: bytes, limits: Limits, client_ids: frozenset[int], *, clocks: Mapping[int, int]) -> Summary:
    """Read `update` of a free-form document without applying it; like `guard.inspect`, whose arguments these are.

    `Summary.maps` are the ids of new shared values; `Summary.keys` is empty.

    Raises:
        UpdateTooLarge, MalformedUpdate, SchemaViolation, ForeignClientId, MissingPredecessor: See `guard.inspect`.
    """
    if len(update) > limits.update_bytes:
        raise UpdateTooLarge(f"an update has at most {limits.update_bytes} bytes, this one has {len(update)}")
    familiar = recognise(update, limits, client_ids, root=None, clocks=clocks, maps=frozenset())
    return familiar or _FreeReading(update, limits, client_ids, "", clocks, frozenset()).run()


def read_own_free(update: bytes, clocks: Mapping[int, int]) -> Summary:
    """Read an update that the server made: a whole state, or what it journalled. Raises `Refusal` if it is none."""
    limits = Limits(update_bytes=len(update), text_bytes=len(update), run=LARGEST_CLOCK)
    return _FreeReading(update, limits, None, "", clocks, frozenset()).run()


class _FreeReading(Reading):
    """One pass over one update of a free-form document."""

    __slots__ = ()

    def _struct(self, known: int) -> None:
        info = self.data[self.at]
        self.at += 1
        content = info & 0x1F
        if content in (COLLECTED, SKIPPED):
            self._clock += self._run()
            if content == SKIPPED and self._clock > known:
                raise MissingPredecessor(f"operations up to {self._clock} of client {self._client} are left out")
            return
        self._stand(info)
        if content == TYPE and self._clock >= known:
            self._maps.add((self._client, self._clock))
        length = self._content(content)
        # The engine cuts such an item in two and forgets the key of the rest. Sync by state vector never sends one.
        if info & HAS_KEY and self._clock < known < self._clock + length:
            raise MissingPredecessor(f"operation {known} of client {self._client} is within a run that begins before")
        self._clock += length

    def _stand(self, info: int) -> None:
        """Read where an item stands. Whether a parent can have children, the engine knows: it refuses others."""
        if info & HAS_LEFT:
            self._reference()
        if info & HAS_RIGHT:
            self._reference()
        if not info & (HAS_LEFT | HAS_RIGHT):
            if self.next() == 1:
                self.text(_LONGEST_NAME)
            else:
                self._reference()
            if info & HAS_KEY:
                self.text(_LONGEST_NAME)

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
