"""The table of all kinds of documents, and how documents are named."""

from collections.abc import Mapping
from typing import Final

from sync.documents.kind import Kind
from sync.documents.playback import PLAYBACK
from sync.documents.playlist import PLAYLIST
from sync.documents.queue import QUEUE
from sync.documents.scratch import SCRATCH
from sync.refusal import UnknownDocument

KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in (PLAYBACK, QUEUE, PLAYLIST, SCRATCH)}
"""Every kind by its name."""

_ID_ALPHABET: Final = frozenset("0123456789abcdefghjkmnpqrstvwxyz")
_LONGEST_ID: Final = 32


def parse_document_name(name: str) -> tuple[Kind, str]:
    """Kind and id of the document called ``kind:id``; for a room's documents the id is the room's.

    Raises:
        UnknownDocument: No kind of that name, or no well-formed id.
    """
    kind_name, _, owner = name.partition(":")
    kind = KINDS.get(kind_name)
    if kind is None or not 0 < len(owner) <= _LONGEST_ID or not _ID_ALPHABET.issuperset(owner):
        raise UnknownDocument("a document is named kind:id, with a kind that exists")
    return kind, owner


def document_name(kind: Kind, owner: str) -> str:
    """Name of the document of this kind that belongs to `owner`."""
    return f"{kind.name}:{owner}"
