"""What people do with documents of each kind: honest edits, edits that must be refused, and what a replica shows."""

from abc import ABC, abstractmethod
from random import Random
from typing import Any, ClassVar

from pycrdt import Array, Doc, Map, Text

from sync.documents import playback, playlist, queue
from sync.documents.kind import Edit, Kind
from sync.documents.limits import Limits
from sync.documents.playback import PLAYBACK
from sync.documents.playlist import PLAYLIST, About
from sync.documents.queue import QUEUE, QueueEntry
from sync.documents.replica import Replica
from sync.documents.scratch import SCRATCH, SCRATCH_LIMITS
from tests.sync.documents.peers import entry

Document = Doc[Any]


class Usage(ABC):
    """How documents of one kind are used. `name` in the methods is different in every call and fits an entry id."""

    kind: ClassVar[Kind]
    limits: ClassVar[Limits] = Limits()

    def begin(self) -> Edit | None:
        """The first edit, by the server."""
        return None

    def author(self, chance: Random, name: str) -> Edit | None:
        """A later edit by the server."""
        return None

    @abstractmethod
    def edit(self, doc: Document, chance: Random, name: str) -> None:
        """Something that everybody may do, whatever others did meanwhile."""

    @abstractmethod
    def trespass(self, doc: Document, chance: Random, name: str) -> None:
        """Something that is refused, whatever others did meanwhile."""

    @abstractmethod
    def read(self, doc: Document) -> object:
        """What a client sees."""

    def seen(self, replica: Replica) -> object:
        """The same, as the server sees it: through the view that the shadow keeps, where the kind has one."""
        doc = Document()
        doc.apply_update(replica.state())
        return self.read(doc)


class QueueUsage(Usage):
    """Adding, moving and removing."""

    kind = QUEUE
    root: ClassVar[str] = queue.ROOT

    def begin(self) -> Edit | None:
        return queue.add(*(entry(f"e{number}", f"V{number}x") for number in range(3)))

    def author(self, chance: Random, name: str) -> Edit | None:
        return queue.add(entry(name, _key(chance)))

    def edit(self, doc: Document, chance: Random, name: str) -> None:
        chosen = self._chosen(doc, chance)
        edits = [queue.add(entry(name, _key(chance)))] * 2
        if chosen:
            edits += [queue.move({chosen: _key(chance)}), queue.remove(chosen)]
        chance.choice(edits)(self._rows(doc))

    def trespass(self, doc: Document, chance: Random, name: str) -> None:
        rows = self._rows(doc)
        match chance.randrange(5):
            case 0:
                rows[name] = "no map"
            case 1:
                rows[name] = Map({"track": "t1"})
            case 2:
                doc.get("elsewhere", type=Map)[name] = 1
            case 3 if "e0" not in rows:
                queue.add(entry("e0", "V1x"))(rows)  # an id is used once
            case _:
                rows.clear()
                rows[name] = 5

    def read(self, doc: Document) -> object:
        return self._rows(doc).to_py()

    def seen(self, replica: Replica) -> object:
        return {each.entry: self._fields(each) for each in queue.entries(replica)}

    def _fields(self, row: QueueEntry) -> dict[str, object]:
        return {"track": row.track, "added_by": row.added_by, "order": row.order, "added_at": row.added_at}

    def _rows(self, doc: Document) -> Map[object]:
        rows: Map[object] = doc.get(self.root, type=Map)
        return rows

    def _chosen(self, doc: Document, chance: Random) -> str:
        present = sorted(key for key in self._rows(doc).keys() if key != playlist.ABOUT)  # noqa: SIM118  # a shared map
        return chance.choice(present) if present else ""


class PlaylistUsage(QueueUsage):
    """What is done with queues, and titles and notes."""

    kind = PLAYLIST
    root = playlist.ROOT

    def begin(self) -> Edit | None:
        rows, about = super().begin(), playlist.describe(About("Friday"))
        assert rows is not None

        def both(root: Map[object]) -> None:
            about(root)
            rows(root)

        return both

    def edit(self, doc: Document, chance: Random, name: str) -> None:
        chosen = self._chosen(doc, chance)
        match chance.randrange(4):
            case 0:
                playlist.describe(About(f"title {name}", f"description {name}"))(self._rows(doc))
            case 1 if chosen:
                playlist.note(chosen, f"note {name}")(self._rows(doc))
            case _:
                super().edit(doc, chance, name)

    def trespass(self, doc: Document, chance: Random, name: str) -> None:
        rows = self._rows(doc)
        match chance.randrange(3):
            case 0 if playlist.ABOUT in rows:
                del rows[playlist.ABOUT]
            case 1:
                rows[playlist.ABOUT] = Map({"title": "no description"})
            case _:
                super().trespass(doc, chance, name)

    def seen(self, replica: Replica) -> object:
        about = playlist.about(replica)
        told = {"title": about.title, "description": about.description}
        rows = super().seen(replica)
        assert isinstance(rows, dict)
        return {**rows, playlist.ABOUT: told}

    def _fields(self, row: QueueEntry) -> dict[str, object]:
        assert isinstance(row, playlist.PlaylistEntry)
        fields = super()._fields(row)
        return {**fields, "note": row.note} if row.note else fields


class ScratchUsage(Usage):
    """A map, an array and a text, with shared values in them."""

    kind = SCRATCH
    limits = SCRATCH_LIMITS

    def edit(self, doc: Document, chance: Random, name: str) -> None:
        chance.choice([_edit_map, _edit_array, _edit_text])(doc, chance, name)

    def trespass(self, doc: Document, chance: Random, name: str) -> None:
        doc.get("m", type=Map)[name] = Doc()

    def read(self, doc: Document) -> object:
        content = doc.get("m", type=Map).to_py(), doc.get("a", type=Array).to_py()
        return (*content, doc.get("t", type=Text).diff())


class PlaybackUsage(Usage):
    """The server writes and the others read."""

    kind = PLAYBACK

    def begin(self) -> Edit | None:
        return playback.write_transport({"position": 0})

    def author(self, chance: Random, name: str) -> Edit | None:
        return playback.write_transport({"position": chance.randrange(1000), "entry": name})

    def edit(self, doc: Document, chance: Random, name: str) -> None:
        """Nobody may do anything."""

    def trespass(self, doc: Document, chance: Random, name: str) -> None:
        doc.get(playback.ROOT, type=Map)[chance.choice(["transport", name])] = {"position": 1}

    def read(self, doc: Document) -> object:
        return doc.get(playback.ROOT, type=Map).to_py()

    def seen(self, replica: Replica) -> object:
        return {"transport": playback.transport(replica)}


def _key(chance: Random) -> str:
    # Few enough that people choose the same place.
    return f"V{chance.randrange(30)}x"


def _edit_map(doc: Document, chance: Random, name: str) -> None:
    content: Map[object] = doc.get("m", type=Map)
    key = f"k{chance.randrange(4)}"
    nested = content.get(key)
    if isinstance(nested, Map) and chance.random() < 0.5:
        nested[f"k{chance.randrange(2)}"] = name
    elif key in content and chance.random() < 0.4:
        del content[key]
    else:
        content[key] = chance.choice([name, Map({"deep": Array([name])})])


def _edit_array(doc: Document, chance: Random, name: str) -> None:
    array: Array[object] = doc.get("a", type=Array)
    if len(array) and chance.random() < 0.4:
        del array[chance.randrange(len(array))]
    else:
        array.insert(chance.randint(0, len(array)), chance.choice([name, 1.5, Map({"made": name})]))


def _edit_text(doc: Document, chance: Random, name: str) -> None:
    text = doc.get("t", type=Text)
    length = len(text)
    start = chance.randint(0, length)
    match chance.randrange(4):
        case 0 if start < length:
            del text[start : chance.randint(start + 1, length)]
        case 1 if start < length:
            text.format(start, chance.randint(start + 1, length), {"bold": chance.random() < 0.5})
        case _:
            text.insert(start, f"{name} ")


USAGES = (QueueUsage(), PlaylistUsage(), ScratchUsage(), PlaybackUsage())
