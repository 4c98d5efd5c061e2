"""Is this update well-formed, bounded, by its author, and complete? Decided on the bytes, before the engine sees them.

The engine recurses over nested values (a 53 kB update ends the process), allocates what lengths claim, parks operations
whose predecessors are missing, and applies a delete set to operations that do not exist yet. So an update is first read
here, without recursion, in one pass, after the Yjs update format version 1:

======================  ==============================================================================================
part                    bytes (every number is a varuint: 7 bits a byte, low first, high bit: more follows)
======================  ==============================================================================================
update                  number of sections, sections, delete set
section                 number of structs, client id, clock of the first struct, structs
struct                  info byte; its low 5 bits name the content, 0 collected run, 10 skipped run, otherwise an item
collected, skipped run  length
item                    [0x80: predecessor's id] [0x40: right neighbour's id] [neither: parent] content
parent                  1 and the root's name, or 0 and the parent item's id; then [0x20: key]
id                      client id, clock
content 1               length of a deleted run
content 7               type of a shared value: 1 is a map
content 8               number of plain values, values (a tag byte each, 127 undefined … 116 binary, and data)
delete set              number of clients; for each: client id, number of ranges; for each: clock, length
======================  ==============================================================================================

``0101050028010161016201770178 00`` is: 1 section of 1 struct by client 5 at clock 0: a plain value (0x28 = keyed | 8)
under root ``a``, key ``b``: 1 value, text of length 1 ``x``; nothing deleted.

The documents of this project are maps at a root holding plain values or one level of nested maps. Other content (texts,
arrays, XML, subdocuments, values without a key) is legal Yjs and refused here, because clients could not see it.

Source: yjs 13.6 `src/utils/encoding.js`, lib0 `encoding.js` (format read, code written anew).
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from sync.documents.familiar import LARGEST_CLOCK, Id, Summary, recognise
from sync.documents.limits import Limits
from sync.documents.varuint import Varuints
from sync.refusal import ForeignClientId, MalformedUpdate, MissingPredecessor, SchemaViolation, UpdateTooLarge

COLLECTED: Final = 0
DELETED: Final = 1
TYPE: Final = 7
ANY: Final = 8
SKIPPED: Final = 10

HAS_LEFT: Final = 0x80
HAS_RIGHT: Final = 0x40
HAS_KEY: Final = 0x20

_MAP: Final = 1

# A signed number of 53 bits takes eight bytes, a sign and the reserve of a careless encoder one more.
_LONGEST_SIGNED: Final = 9

_FIXED_SIZES: Final = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
_NUMBER: Final = 125
_TEXT: Final = 119
_OBJECT: Final = 118
_ARRAY: Final = 117
_BINARY: Final = 116


def inspect(
    update: bytes,
    limits: Limits,
    client_ids: frozenset[int],
    *,
    root: str,
    clocks: Mapping[int, int],
    maps: AbstractSet[Id],
) -> Summary:
    """Read `update` without applying it.

    Args:
        update: Bytes from outside.
        limits: What it may cost.
        client_ids: Ids that its sender may author under.
        root: The one root that exists in this kind of document.
        clocks: Known operations: for each client id the next expected clock.
        maps: Known nested maps. Nothing else may be a parent: the engine fails on it, or not, depending on what it
            collected before, so that such an update would be accepted today and break the room tomorrow.

    Raises:
        UpdateTooLarge: Longer than the limit.
        MalformedUpdate: Does not parse, or claims an absurd length or depth.
        SchemaViolation: Legal Yjs, but not a content our documents have.
        ForeignClientId: New operations by an id that is not the sender's.
        MissingPredecessor: Builds on, or deletes, operations that are not known.
    """
    if len(update) > limits.update_bytes:
        raise UpdateTooLarge(f"an update has at most {limits.update_bytes} bytes, this one has {len(update)}")
    familiar = recognise(update, limits, client_ids, root=root, clocks=clocks, maps=maps)
    return familiar or Reading(update, limits, client_ids, root, clocks, maps).run()


def read_own(
    update: bytes, root: str, clocks: Mapping[int, int] | None = None, maps: AbstractSet[Id] = frozenset()
) -> Summary:
    """Read an update that the server made: an edit of its own, or a whole state. Costs about 2 us an operation.

    Raises:
        Refusal: It is no document of this project.
    """
    # What was accepted piece by piece may be long as a whole: runs grow together.
    limits = Limits(update_bytes=len(update), run=LARGEST_CLOCK)
    return Reading(update, limits, None, root, clocks or {}, maps).run()


def read_state_vector(encoded: bytes, limits: Limits) -> dict[int, int]:
    """Client ids and clocks of a Yjs state vector: number of pairs, then client id and clock of each, as varuints.

    Empty bytes are the empty vector.

    Raises:
        MalformedUpdate: Does not parse, holds an id twice, more than `Limits.client_ids`, or trailing bytes.
    """
    if not encoded:
        return {}
    numbers = Varuints(encoded)
    try:
        count = numbers.next()
        if count > limits.client_ids:
            raise MalformedUpdate(f"a state vector names at most {limits.client_ids} clients, this one claims {count}")
        vector = {numbers.next(): numbers.next() for _ in range(count)}
    except IndexError:
        raise MalformedUpdate("the state vector ends in the middle") from None
    if len(vector) != count or numbers.at != len(encoded):
        raise MalformedUpdate("the state vector repeats a client or has bytes left over")
    return vector


class Reading(Varuints):
    """One pass over one update of a document with one root map; `sync.documents.free` reads all others."""

    __slots__ = (
        "_client", "_client_bytes", "_client_ids", "_clock", "_clocks", "_ends", "_is_judged", "_is_own", "_keys", "_known_maps",
        "_later", "_limits", "_maps", "_parents", "_root",
    )  # fmt: skip

    def __init__(
        self,
        update: bytes,
        limits: Limits,
        client_ids: frozenset[int] | None,
        root: str,
        clocks: Mapping[int, int],
        maps: AbstractSet[Id],
    ) -> None:
        super().__init__(update)
        self._limits = limits
        self._client_ids = client_ids
        # What the server wrote itself is read only to know what is in it, and what is known already is not read again by
        # the engine: the rules of shape are for the rest.
        self._is_own = client_ids is None
        self._is_judged = False
        self._root = root.encode()
        self._clocks = clocks
        self._known_maps = maps
        self._maps: set[Id] = set()
        self._keys: set[bytes] = set()
        self._ends: dict[int, int] = {}
        # References to operations, and parents, that a later section of the same update may bring.
        self._later: list[Id] = []
        self._parents: list[Id] = []
        self._client, self._client_bytes, self._clock = 0, b"\x00", 0

    def run(self) -> Summary:
        try:
            return self._update()
        except IndexError:
            raise MalformedUpdate("the update ends in the middle") from None

    def _update(self) -> Summary:
        for _ in range(self._count()):
            self._section()
        for client, clock in self._later:
            if clock >= self._ends.get(client, 0):
                raise MissingPredecessor(f"the update builds on operation {clock} of client {client}, which is unknown")
        if not self._maps.issuperset(self._parents):
            raise SchemaViolation("only a nested map holds values")
        deletions = self._delete_set()
        if self.at != len(self.data):
            raise MalformedUpdate(f"{len(self.data) - self.at} bytes are left over after the update")
        news = {client: end for client, end in self._ends.items() if end > self._clocks.get(client, 0)}
        return Summary(news, deletions, frozenset(self._maps), frozenset(key.decode() for key in self._keys))

    def _count(self) -> int:
        # Whatever is counted takes at least one byte each, so no loop runs longer than the update.
        count = self.next()
        if count > len(self.data) - self.at:
            raise MalformedUpdate(f"{count} things are announced, {len(self.data) - self.at} bytes follow")
        return count

    def _section(self) -> None:
        structs = self._count()
        start = self.at
        client = self._client = self.next()
        self._client_bytes = self.data[start : self.at]
        self._clock = self.next()
        known = self._clocks.get(client, 0)
        if structs == 0 or client in self._ends:
            raise MalformedUpdate(f"client {client} has an empty section, or two")
        if self._clock > known:
            raise MissingPredecessor(f"operations {known} to {self._clock} of client {client} are missing")
        for _ in range(structs):
            self._struct(known)
            if self._clock > LARGEST_CLOCK:
                raise MalformedUpdate(f"client {client} runs beyond clock {LARGEST_CLOCK}")
        if self._clock > known and not self._is_own and client not in (self._client_ids or ()):
            raise ForeignClientId(f"new operations by client {client}, which is not their sender's", client)
        self._ends[client] = self._clock

    def _struct(self, known: int) -> None:
        info = self.data[self.at]
        self.at += 1
        content = info & 0x1F
        if content == COLLECTED:
            self._clock += self._run()
        elif content == SKIPPED:
            self._clock += self._run()
            if self._clock > known:
                raise MissingPredecessor(f"operations up to {self._clock} of client {self._client} are left out")
        else:
            self._is_judged = not self._is_own and self._clock >= known
            is_at_root = self._place(info, content)
            length = self._content(content)
            if is_at_root and self._is_judged and (content == ANY or length > 1):
                raise SchemaViolation("under a key of the root stands a nested map")
            # The engine cuts such an item in two and forgets the key of the rest. Sync by state vector never sends one.
            if self._clock < known < self._clock + length:
                raise MissingPredecessor(
                    f"operation {known} of client {self._client} is within a run that begins before"
                )
            self._clock += length

    def _run(self) -> int:
        length = self.next()
        if not 0 < length <= self._limits.run:
            raise MalformedUpdate(f"a run has 1 to {self._limits.run} operations, this one claims {length}")
        return length

    def _place(self, info: int, content: int) -> bool:
        """Read where an item stands; True if under a key of the root."""
        if info & (HAS_LEFT | HAS_RIGHT):
            # A shared map beside another value of its key would replace it, and chains of such could nest without bound.
            if content == TYPE:
                raise SchemaViolation("a nested map cannot take the place of an earlier value")
            # Values of a key have a predecessor at most. With neighbours of two maps, engines would not agree where it is.
            if info & HAS_RIGHT:
                raise SchemaViolation("a value of a map has no right neighbour")
            predecessor = self._reference()
            if self._is_judged and (predecessor in self._known_maps or predecessor in self._maps):
                raise SchemaViolation("nothing takes the place of a nested map, also when it was removed")
            return False
        is_at_root = self.next() == 1
        if is_at_root:
            name = self.text(self._limits.text_bytes)
            if name != self._root:
                raise SchemaViolation(f"this document has no root {name.decode()!r}")
        elif content == TYPE:
            raise SchemaViolation("maps nest one level deep")
        else:
            parent = self._reference()
            if parent not in self._known_maps and parent not in self._maps:
                self._parents.append(parent)
        if not info & HAS_KEY:
            raise SchemaViolation("a value without a key has no place in a map")
        key = self.text(self._limits.text_bytes)
        if is_at_root:
            self._keys.add(key)
            # A removed map is a deleted value here; what others put into it meanwhile is legal, and lost. Of what is known
            # already the engine takes no second version, so neither does this.
            if content in (TYPE, DELETED) and self._clock >= self._clocks.get(self._client, 0):
                self._maps.add((self._client, self._clock))
        return is_at_root

    def _reference(self) -> Id:
        # Most references are to the author's own operations; numbers are prefix-free, so equal bytes are an equal number.
        is_own = self.data.startswith(self._client_bytes, self.at)
        self.at += len(self._client_bytes) if is_own else 0
        client, clock = self._client if is_own else self.next(), self.next()
        if client == self._client:
            if clock >= self._clock:
                raise MalformedUpdate(f"operation {self._clock} of client {client} builds on its own future")
        elif clock >= self._clocks.get(client, 0) and clock >= self._ends.get(client, 0):
            self._later.append((client, clock))
        return client, clock

    def _content(self, content: int) -> int:
        if content == DELETED:
            return self._run()
        if content == ANY:
            # Several are legal in a sequence; under a key they are what merging deleted values without collecting gives.
            if self.next() != 1:
                raise SchemaViolation("a key holds one value")
            self._value()
            return 1
        if content == TYPE:
            if self.next() != _MAP:
                raise SchemaViolation("maps are the only shared type in this document")
            return 1
        raise SchemaViolation(f"content of kind {content} has no place in this document")

    def _value(self) -> None:
        if self.data[self.at] != _TEXT:
            self._any_value()
            return
        self.at += 1
        self.text(self._limits.text_bytes)

    def _any_value(self) -> None:
        # open_counts[-1] values are still to come at this level; an object's keys stand before its values.
        open_counts = [1]
        open_keyed = [False]
        while open_counts:
            if open_counts[-1] == 0:
                open_counts.pop()
                open_keyed.pop()
                continue
            open_counts[-1] -= 1
            if open_keyed[-1]:
                self.text(self._limits.text_bytes)
            tag = self.data[self.at]
            self.at += 1
            if tag == _TEXT:
                self.text(self._limits.text_bytes)
            elif tag == _NUMBER:
                self._signed()
            elif tag in _FIXED_SIZES:
                self.skip(_FIXED_SIZES[tag])
            elif tag in (_OBJECT, _ARRAY):
                if len(open_counts) >= self._limits.depth:
                    raise MalformedUpdate(f"a value nests at most {self._limits.depth} deep")
                open_counts.append(self._count())
                open_keyed.append(tag == _OBJECT)
            elif tag == _BINARY:
                length = self.next()
                if length > self._limits.text_bytes:
                    raise MalformedUpdate(f"binary has at most {self._limits.text_bytes} bytes, this claims {length}")
                self.skip(length)
            else:
                raise MalformedUpdate(f"no plain value begins with {tag}")

    def _signed(self) -> None:
        # Six bits and a sign in the first byte, seven in each further one.
        for _ in range(_LONGEST_SIGNED):
            byte = self.data[self.at]
            self.at += 1
            if byte < 0x80:
                return
        raise MalformedUpdate("a number has more than 53 bits")

    def _delete_set(self) -> int:
        ranges = 0
        seen: set[int] = set()
        for _ in range(self._count()):
            client = self.next()
            if client in seen:
                raise MalformedUpdate(f"client {client} has two parts in the delete set")
            seen.add(client)
            known = max(self._clocks.get(client, 0), self._ends.get(client, 0))
            count = self._count()
            for _ in range(count):
                clock, length = self.next(), self.next()
                if length == 0 or length > self._limits.run:
                    raise MalformedUpdate(f"a deleted range has 1 to {self._limits.run} operations, not {length}")
                # Kept by the engine and applied to whatever comes later: it would wipe somebody's future edits.
                if clock + length > known:
                    raise MissingPredecessor(f"operations of client {client} are deleted before they are known")
            ranges += count
        return ranges
