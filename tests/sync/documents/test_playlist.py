"""Playlists: entries as in a queue, notes, and what they say of themselves."""

import pytest
from pycrdt import Map

from sync.documents import playlist, queue
from sync.documents.kind import Edit
from sync.documents.playlist import ABOUT, PLAYLIST, About, Described, Noted, describe, note
from sync.documents.queue import Added, Moved, Removed, add, move, remove
from sync.documents.replica import Proposal, Replica
from sync.refusal import SchemaViolation
from tests.sync.documents.peers import Peer, entries


class Editor(Peer):
    """A client of a playlist."""

    def __init__(self, replica: Replica) -> None:
        super().__init__(7, replica.state())
        self.map = self.doc.get(playlist.ROOT, type=Map)


def made(count: int = 2) -> Replica:
    replica = Replica(PLAYLIST)
    replica.author(describe(About("Friday", "for dancing")))
    replica.author(queue.add(*entries(count)))
    return replica


def propose(replica: Replica, edit: Edit) -> Proposal:
    proposal = replica.propose(Editor(replica).edit(edit), frozenset({7}))
    replica.accept()
    replica.flush()
    return proposal


def test_a_playlist_tells_its_entries_in_order_and_what_it_is_about() -> None:
    replica = made()
    assert [each.entry for each in playlist.entries(replica)] == ["e0", "e1"]
    assert playlist.about(replica) == About("Friday", "for dancing")
    again = Replica.load(PLAYLIST, replica.state(), [])
    assert playlist.entries(again) == playlist.entries(replica)
    assert playlist.about(again) == playlist.about(replica)


def test_what_editors_do_is_told_as_actions() -> None:
    replica = made()
    [added] = propose(replica, add(*entries(3)[2:])).actions
    assert isinstance(added, Added)
    [moved] = propose(replica, move({"e0": "zz1"})).actions
    assert isinstance(moved, Moved)
    assert propose(replica, note("e1", "the long one")).actions == (Noted("e1", "t1", "p1", "", "the long one"),)
    [removed] = propose(replica, remove("e2")).actions
    assert isinstance(removed, Removed)
    assert propose(replica, describe(About("Saturday", ""))).actions == (Described("Saturday", ""),)
    assert [(each.entry, each.note) for each in playlist.entries(replica)] == [("e1", "the long one"), ("e0", "")]
    assert playlist.about(replica) == About("Saturday", "")


def test_a_note_and_a_new_place_in_one_update_are_two_actions() -> None:
    replica = made()

    def both(root: Map[object]) -> None:
        note("e0", "x")(root)
        move({"e0": "zz1"})(root)

    assert [type(each) for each in propose(replica, both).actions] == [Moved, Noted]


def overwrite(key: str, field: str, value: object) -> Edit:
    def edit(root: Map[object]) -> None:
        fields = root[key]
        assert isinstance(fields, Map)
        fields[field] = value

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        overwrite("e0", "track", "t9"),
        overwrite("e0", "added_by", "p9"),
        overwrite("e0", "note", "x" * 501),
        overwrite("e0", "note", 5),
        overwrite("e0", "colour", "red"),
        overwrite(ABOUT, "title", "x" * 121),
        overwrite(ABOUT, "author", "me"),
        remove(ABOUT),
    ],
)
def test_what_breaks_the_shape_is_refused(edit: Edit) -> None:
    replica = made()
    with pytest.raises(SchemaViolation):
        propose(replica, edit)
    assert playlist.about(replica) == About("Friday", "for dancing")
