"""Every kind has a name, and every document a kind."""

import pytest

from sync.documents.kinds import KINDS, document_name, parse_document_name
from sync.documents.playback import PLAYBACK
from sync.documents.playlist import PLAYLIST
from sync.documents.queue import QUEUE
from sync.documents.scratch import SCRATCH
from sync.refusal import UnknownDocument


def test_kinds_are_found_by_their_names() -> None:
    assert dict(KINDS) == {"queue": QUEUE, "playback": PLAYBACK, "playlist": PLAYLIST, "scratch": SCRATCH}
    assert PLAYBACK.is_server_written
    assert not QUEUE.is_server_written


def test_a_name_is_read_as_it_was_written() -> None:
    for kind in KINDS.values():
        assert parse_document_name(document_name(kind, "ab3k9x")) == (kind, "ab3k9x")


@pytest.mark.parametrize("name", ["scratch:Bench-room_1.v2", "playlist:mine", "scratch:" + "a" * 64])
def test_documents_that_stand_alone_may_be_named_by_people(name: str) -> None:
    kind, owner = parse_document_name(name)
    assert document_name(kind, owner) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "queue",
        "queue:",
        ":x",
        "nope:x",
        "queue:x:y",
        "queue:X",
        "queue:mine",
        "Queue:x",
        "queue:" + "a" * 33,
        "scratch:",
        "scratch:a b",
        "scratch:a/b",
        "scratch:*",
        "playlist:über",
        "scratch:" + "a" * 65,
    ],
)
def test_other_names_are_unknown(name: str) -> None:
    with pytest.raises(UnknownDocument):
        parse_document_name(name)
