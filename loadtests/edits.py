"""Documents of any length with small edits of twenty writers to them, and owners that take these in."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from pycrdt import Doc, Map, Text

from hathor_rt.documents.effects import Publish, Record, Send
from hathor_rt.documents.followed import FollowedDocuments
from hathor_rt.documents.ports import Visitor
from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId, RoomId
from hathor_rt.playlists.rules import PlaylistRules, ScratchRules
from hathor_rt.rooms.documents import RoomDocuments
from hathor_rt.rooms.events import Opening
from hathor_rt.storage.ports import RoomRecord
from sync.documents import order, playlist, queue
from sync.documents.kind import Action, Kind
from sync.documents.limits import Limits
from sync.documents.playback import PLAYBACK
from sync.documents.replica import Replica
from sync.documents.scratch import SCRATCH, SCRATCH_LIMITS
from sync.units import Micros
from sync.wire.frames import Open, Update

WRITERS: Final = 20
_FIRST_CLIENT: Final = 70_001
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ADDED_AT: Final = 1_763_600_000_000_000
_LIMITS: Final = Limits(entries=20_000)
# As many as the rights know; every entry of the documents here names one of them.
_TRACKS: Final = tuple(f"track{number}" for number in range(100))


@dataclass(frozen=True, slots=True)
class Edits:
    """A document and what comes to it: each update with its writer's number.

    `first`: one of each writer, taken before anything is measured: the first edit after loading makes the shadow.
    """

    kind: Kind
    limits: Limits
    state: bytes
    first: tuple[tuple[bytes, int], ...]
    updates: tuple[tuple[bytes, int], ...]

    def load(self) -> Replica:
        """The document before the updates."""
        replica = Replica.load(self.kind, self.state, (), self.limits, client_id=2)
        for update, writer in self.first:
            replica.propose(update, frozenset({client_of(writer)}))
            replica.accept()
        replica.flush()
        return replica


class Owner(Protocol):
    """Takes updates in as the owner of a document does."""

    def take(self, update: bytes, writer: int) -> bool:
        """One update; whether a document changed."""
        ...

    def finish(self) -> int:
        """The end of a tick, as far as it is no waiting: how many rows it leaves for the journal."""
        ...

    def judge(self, actions: tuple[Action, ...], writer: int) -> None:
        """Whether the writer may do this."""
        ...

    def close(self) -> None:
        """Free the documents."""
        ...


def client_of(writer: int) -> int:
    """The id it authors under."""
    return _FIRST_CLIENT + writer


VISITORS: Final = tuple(
    Visitor(ConnectionId(f"c{writer}"), PrincipalId(f"p{writer}"), DeviceId(f"d{writer}"), f"Writer {writer}")
    for writer in range(WRITERS)
)
"""The writers, by number."""


class RoomOwner:
    """A room without anybody who listens."""

    def __init__(self, replica: Replica) -> None:
        self._documents = RoomDocuments(RoomId("r1"), replica, Replica(PLAYBACK))
        self._documents.learn_tracks(_TRACKS)
        self._record = RoomRecord(RoomId("r1"), "Room", VISITORS[0].principal, Micros(0), False, False, True, True)
        self._name = self._documents.queue_name
        for writer, visitor in enumerate(VISITORS):
            client = client_of(writer)
            opening = Opening(visitor.connection, Open(self._name, replica.state_vector()), client, frozenset({client}))
            self._documents.open(opening)
        self._intent = 0

    def take(self, update: bytes, writer: int) -> bool:
        """See `Owner.take`."""
        self._intent += 1
        frame = Update(self._name, update, self._intent)
        return self._documents.update(VISITORS[writer], "guest", self._record, frame)

    def finish(self) -> int:
        """See `Owner.finish`."""
        self._documents.flush()
        self._documents.rebalance()
        self._documents.finish()
        rows = len(self._documents.draft.records)
        self._documents.draft.records.clear()
        self._documents.draft.effects.clear()
        return rows

    def judge(self, actions: tuple[Action, ...], writer: int) -> None:
        """See `Owner.judge`."""
        self._documents._judge(VISITORS[writer], "guest", self._record, actions)  # noqa: SLF001  # the very code of rooms

    def close(self) -> None:
        """See `Owner.close`."""
        self._documents.close()


class StandaloneOwner:
    """A playlist or a scratch document."""

    def __init__(self, replica: Replica) -> None:
        self._name = DocumentName(f"{replica.kind.name}:d1")
        self._told: list[Send | Publish] = []
        self._kept: list[Record] = []
        self._documents = FollowedDocuments({self._name: replica}, tell=self._told.append, keep=self._kept.append)
        self._rules = ScratchRules() if replica.kind is SCRATCH else PlaylistRules(self._name, replica, _Nobody())
        for writer, visitor in enumerate(VISITORS):
            ids = frozenset({client_of(writer)})
            self._documents.follow(self._name, visitor.connection, replica.state_vector(), 0, ids)

    def take(self, update: bytes, writer: int) -> bool:
        """See `Owner.take`."""
        visitor = VISITORS[writer]

        def judge(actions: Any) -> None:
            self._rules.judge(visitor, "editor", actions)

        return self._documents.take(self._name, visitor, update, 0, judge)

    def finish(self) -> int:
        """See `Owner.finish`."""
        self._documents.flush()
        self._rules.keep_house(self._documents)
        self._documents.finish()
        rows = len(self._kept)
        self._told.clear()
        self._kept.clear()
        return rows

    def judge(self, actions: tuple[Action, ...], writer: int) -> None:
        """See `Owner.judge`."""
        self._rules.judge(VISITORS[writer], "editor", actions)

    def close(self) -> None:
        """See `Owner.close`."""
        self._documents.close()


class _Nobody:
    async def exists(self, tracks: Any) -> frozenset[Any]:
        raise AssertionError("nothing is added here that would have to be looked up")


# ── the edits ────────────────────────────────────────────────────────────────────────────────────────────────────────


def queue_add(entries: int, count: int) -> Edits:
    """Everybody puts tracks at the end of a queue."""

    def edit(doc: Doc[Any], writer: int, number: int) -> None:
        root = doc.get(queue.ROOT, type=Map)
        root[_entry_id(f"new{number}")] = Map(_fields(f"z{number:06}1", number, writer))

    return _edits(queue.QUEUE, _LIMITS, _with_entries(queue.ROOT, entries), edit, count)


def queue_move(entries: int, count: int) -> Edits:
    """Everybody moves entries of their own choice; at least one entry for each is there."""
    held = max(entries, WRITERS)

    def edit(doc: Doc[Any], writer: int, number: int) -> None:
        place = (number * 7919 * WRITERS + writer) % (held - held % WRITERS)
        doc.get(queue.ROOT, type=Map)[_entry_id(place)]["order"] = f"V{_entry_id(number)[:5]}1"

    return _edits(queue.QUEUE, _LIMITS, _with_entries(queue.ROOT, held), edit, count)


def playlist_edit(entries: int, count: int) -> Edits:
    """Everybody writes notes of entries; at least one entry for each is there."""
    held = max(entries, WRITERS)

    def edit(doc: Doc[Any], writer: int, number: int) -> None:
        place = (number * 7919 * WRITERS + writer) % (held - held % WRITERS)
        doc.get(playlist.ROOT, type=Map)[_entry_id(place)]["note"] = f"note {number}"

    return _edits(playlist.PLAYLIST, _LIMITS, _with_entries(playlist.ROOT, held), edit, count)


def scratch_map_set(entries: int, count: int) -> Edits:
    """Everybody sets ten keys of their own, again and again, in a map of `entries` others."""

    def begin(doc: Doc[Any]) -> None:
        root = doc.get("state", type=Map)
        for number in range(entries):
            root[f"key{number}"] = number

    def edit(doc: Doc[Any], writer: int, number: int) -> None:
        doc.get("state", type=Map)[f"w{writer}-{number // WRITERS % 10}"] = number

    return _edits(SCRATCH, SCRATCH_LIMITS, begin, edit, count)


def scratch_map_add(entries: int, count: int) -> Edits:
    """Everybody adds maps of three values, one of them a text, to a map of `entries` such."""

    def add(root: Map[Any], key: str, number: int) -> None:
        root[key] = Map({"number": number, "pair": [number, "b"], "text": Text("words")})

    def begin(doc: Doc[Any]) -> None:
        for number in range(entries):
            add(doc.get("state", type=Map), f"key{number}", number)

    def edit(doc: Doc[Any], writer: int, number: int) -> None:
        add(doc.get("state", type=Map), f"w{writer}-{number}", number)

    # More shared values than a document may have, for there to be as long ones as of the other kinds.
    return _edits(SCRATCH, replace(SCRATCH_LIMITS, shared_values=20_000), begin, edit, count)


def text_insert(entries: int, count: int) -> Edits:
    """Everybody types characters at the end of a line of their own, in a text of `entries` other lines."""

    def begin(doc: Doc[Any]) -> None:
        doc.get("text", type=Text).insert(0, "\n" * WRITERS + "a line of text\n" * entries)

    def edit(doc: Doc[Any], writer: int, number: int) -> None:
        doc.get("text", type=Text).insert(writer + number // WRITERS, _ALPHABET[number % len(_ALPHABET)])

    return _edits(SCRATCH, SCRATCH_LIMITS, begin, edit, count)


CASES: Final[Mapping[str, tuple[Callable[[int, int], Edits], Callable[[Replica], Owner]]]] = {
    "queue add": (queue_add, RoomOwner),
    "queue move": (queue_move, RoomOwner),
    "playlist edit": (playlist_edit, StandaloneOwner),
    "scratch map set": (scratch_map_set, StandaloneOwner),
    "scratch map add": (scratch_map_add, StandaloneOwner),
    "text insert": (text_insert, StandaloneOwner),
}
"""By name: makes a document of so many entries and so many edits to it; makes the owner."""


def _edits(
    kind: Kind,
    limits: Limits,
    begin: Callable[[Doc[Any]], None],
    edit: Callable[[Doc[Any], int, int], None],
    count: int,
) -> Edits:
    """Writers take turns; each sees the beginning and what it wrote itself."""
    first: Doc[Any] = Doc(client_id=3)
    with first.transaction():
        begin(first)
    state = first.get_update()
    updates: list[bytes] = []
    writers = []
    for writer in range(WRITERS):
        doc: Doc[Any] = Doc(client_id=client_of(writer))
        doc.apply_update(state)
        writers.append((doc, doc.observe(lambda event: updates.append(event.update))))
    for number in range(WRITERS + count):
        doc, _ = writers[number % WRITERS]
        with doc.transaction():
            edit(doc, number % WRITERS, number)
    for doc, subscription in writers:
        doc.unobserve(subscription)
    assert len(updates) == WRITERS + count
    written = tuple((update, number % WRITERS) for number, update in enumerate(updates))
    return Edits(kind, limits, state, written[:WRITERS], written[WRITERS:])


def _with_entries(root: str, count: int) -> Callable[[Doc[Any]], None]:
    keys = order.run(None, None, [_entry_id(number) for number in range(count)])

    def begin(doc: Doc[Any]) -> None:
        entries = doc.get(root, type=Map)
        for number in range(count):
            entries[_entry_id(number)] = Map(_fields(keys[number], number, number % WRITERS))

    return begin


def _fields(key: str, number: int, writer: int) -> dict[str, object]:
    return {
        "track": _TRACKS[number % len(_TRACKS)],
        "added_by": VISITORS[writer].principal,
        "order": key,
        "added_at": _ADDED_AT + number,
    }


def _entry_id(seed: object) -> str:
    return "".join(random.Random(str(seed)).choices(_ALPHABET, k=12))
