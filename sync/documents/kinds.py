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
# Documents that stand alone are named by people and by the programs they use, as other Yjs servers let them.
_NAME_ALPHABET: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-")
_LONGEST_NAME: Final = 64


def parse_document_name(name: str) -> tuple[Kind, str]:
    """Kind and id of the document called ``kind:id``.

    For a room's documents the id is the room's; that of a document that stands alone is 1 to 64 ASCII letters, digits,
    dots, hyphens and underscores.

    Raises:
        UnknownDocument: No kind of that name, or no well-formed id.
    """
    kind_name, _, owner = name.partition(":")
    kind = KINDS.get(kind_name)
    if kind is None:
        raise UnknownDocument(f"a document is named kind:id; the kinds are {', '.join(KINDS)}")
    alphabet, longest = (_ID_ALPHABET, _LONGEST_ID) if kind.belongs_to_room else (_NAME_ALPHABET, _LONGEST_NAME)
    if not 0 < len(owner) <= longest or not alphabet.issuperset(owner):
        form = "that of its room" if kind.belongs_to_room else "1 to 64 letters, digits, dots, hyphens and underscores"
        raise UnknownDocument(f"the id of a {kind.name} document is {form}")
    return kind, owner


def document_name(kind: Kind, owner: str) -> str:
    """Name of the document of this kind that belongs to `owner`."""
    return f"{kind.name}:{owner}"
