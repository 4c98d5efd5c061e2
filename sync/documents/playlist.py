"""A playlist: tracks in an order that its editors agree on, with a title, a description and notes.

Root map ``playlist``. Its key ``about`` is a nested map of ``title`` and ``description``, made by the server with the
playlist (entry ids have no o and u, so none is called so). Every other key is an entry id, as in a queue: a nested map of
``track``, ``added_by``, ``order`` and ``added_at``, and besides, once somebody wrote one, ``note``. Of an entry only
``order`` and ``note`` may change. Entries stand in the order of (order, entry).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pycrdt import Map

from sync.documents import queue
from sync.documents.kind import Action, Change, Content, Edit, Kind, Nested, Verdict
from sync.documents.limits import Limits
from sync.documents.plain import Plain
from sync.documents.queue import Moved, QueueEntry, QueueView, entry_of_fields
from sync.documents.replica import Replica
from sync.refusal import SchemaViolation

ROOT: Final = "playlist"
ABOUT: Final = "about"

LONGEST_TITLE: Final = 120
LONGEST_DESCRIPTION: Final = 2000
LONGEST_NOTE: Final = 500


@dataclass(frozen=True, slots=True)
class About:
    """What the playlist says of itself."""

    title: str = ""
    description: str = ""


class PlaylistEntry(QueueEntry, frozen=True, gc=False):
    """One entry, with a note for those who read the list."""

    note: str = ""


class Described(Action, frozen=True, tag="described"):
    """Title or description changed."""

    title: str
    description: str


class Noted(Action, frozen=True, tag="noted"):
    """The note of an entry changed from `was` to `note`."""

    entry: str
    track: str
    added_by: str
    was: str
    note: str


class PlaylistView(QueueView):
    """All entries, sorted, and what the playlist says of itself."""

    what = "playlist"

    def __init__(self, about: About, entries: Iterable[QueueEntry], used: Iterable[str]) -> None:
        super().__init__(entries, used)
        self.about = about

    def judge(self, changes: Sequence[Change], limits: Limits) -> Verdict:
        """See `View.judge`."""
        about = self.about
        rest: list[Change] = []
        for change in changes:
            if change.key == ABOUT:
                about = _read_about(change)
            else:
                rest.append(change)
        verdict = super().judge(rest, limits)
        if about == self.about:
            return verdict

        def settle() -> None:
            verdict.settle()
            self.about = about

        return Verdict((*verdict.actions, Described(about.title, about.description)), settle)

    def content(self) -> Callable[[], Content]:
        """See `View.content`."""
        about, content_of_queue = self.about, super().content()

        def content() -> Content:
            entries, used = content_of_queue()
            if about == About():
                return entries, used
            return {**entries, ABOUT: {"title": about.title, "description": about.description}}, used | {ABOUT}

        return content

    def _fields(self, entry: QueueEntry) -> Mapping[str, Plain]:
        assert isinstance(entry, PlaylistEntry)
        fields = super()._fields(entry)
        return {**fields, "note": entry.note} if entry.note else fields

    def _parse(self, entry: str, fields: Mapping[str, Plain]) -> QueueEntry:
        return _entry(entry, fields)

    def _differences(self, old: QueueEntry, new: QueueEntry) -> Sequence[Action]:
        assert isinstance(old, PlaylistEntry)
        assert isinstance(new, PlaylistEntry)
        if new.track != old.track or new.added_by != old.added_by or new.added_at != old.added_at:
            raise SchemaViolation("of an entry only the order and the note may change")
        actions: list[Action] = []
        if new.order != old.order:
            actions.append(Moved(new.entry, new.track, new.added_by, old.order, new.order))
        if new.note != old.note:
            actions.append(Noted(new.entry, new.track, new.added_by, old.note, new.note))
        return actions


def about(replica: Replica) -> About:
    """What a playlist says of itself."""
    view = replica.view
    assert isinstance(view, PlaylistView), f"expected a playlist, not a {replica.kind.name} document"
    return view.about


def entries(replica: Replica) -> tuple[PlaylistEntry, ...]:
    """All entries of a playlist in order, accepted updates included."""
    found = queue.entries(replica)
    return tuple(entry for entry in found if isinstance(entry, PlaylistEntry))


def describe(about: About) -> Edit:
    """Set title and description; the first one, by the server, makes the document a playlist.

    Raises:
        SchemaViolation: They are too long; nothing was changed.
    """
    _text(about.title, "a title", LONGEST_TITLE)
    _text(about.description, "a description", LONGEST_DESCRIPTION)

    def edit(root: Map[object]) -> None:
        fields = root.get(ABOUT)
        if isinstance(fields, Map):
            fields["title"], fields["description"] = about.title, about.description
        else:
            root[ABOUT] = Map[object]({"title": about.title, "description": about.description})

    return edit


def note(entry: str, text: str) -> Edit:
    """Write the note of an entry; nothing happens if it is not there any more."""

    def edit(root: Map[object]) -> None:
        fields = root.get(entry)
        if isinstance(fields, Map):
            fields["note"] = text

    return edit


def _read_about(change: Change) -> About:
    if not isinstance(change.value, Nested) or change.value.has_shared_fields:
        raise SchemaViolation("what a playlist says of itself is a map of plain values, which stays")
    return _about(change.value.fields)


def _about(fields: Mapping[str, Plain]) -> About:
    if fields.keys() != {"title", "description"}:
        raise SchemaViolation("a playlist says its title and its description of itself, nothing else")
    return About(
        _text(fields["title"], "a title", LONGEST_TITLE),
        _text(fields["description"], "a description", LONGEST_DESCRIPTION),
    )


def _entry(entry: str, fields: Mapping[str, Plain]) -> PlaylistEntry:
    written = _text(fields.get("note", ""), "a note", LONGEST_NOTE)
    if "note" in fields:
        fields = {name: value for name, value in fields.items() if name != "note"}
    plain = entry_of_fields(entry, fields)
    return PlaylistEntry(plain.entry, plain.track, plain.added_by, plain.order, plain.added_at, written)


def _text(value: Plain, what: str, longest: int) -> str:
    if isinstance(value, str) and len(value) <= longest:
        return value
    raise SchemaViolation(f"{what} is text of at most {longest} characters")


def _open_view(content: Mapping[str, Plain], used: frozenset[str]) -> PlaylistView:
    said, found = About(), []
    for key, fields in content.items():
        if not isinstance(fields, Mapping):
            raise SchemaViolation(f"{key} is no map")
        if key == ABOUT:
            said = _about(fields)
        else:
            found.append(_entry(key, fields))
    return PlaylistView(said, found, used - {ABOUT})


PLAYLIST: Final = Kind("playlist", ROOT, _open_view, belongs_to_room=False)
"""The kind ``playlist:<id>``."""
