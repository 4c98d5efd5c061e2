"""Who authored anything in a stored document, told without loading it."""

from collections.abc import Iterable
from typing import Final

from sync.documents.guard import read_state_vector
from sync.documents.limits import Limits
from sync.documents.stored import StoredState
from sync.documents.watched import EnginePanic, EngineRefusal, state_vector_of
from sync.refusal import MalformedUpdate

# What is stored was bounded when it was accepted.
_WHATEVER_IS_STORED: Final = Limits(client_ids=2**53)


def authors(state: bytes, updates: Iterable[bytes]) -> frozenset[int]:
    """Client ids of all operations of a document, removed ones included.

    Every author has a first operation, at clock 0, and that lies in the snapshot or in exactly one update: no other part has
    to be seen together with those before it.

    Args:
        state: The snapshot as stored; may be empty.
        updates: Those after it.

    Raises:
        MalformedUpdate: What was stored is no document.
    """
    kept = StoredState.unpack(state).state
    found: set[int] = set()
    try:
        for part in ([kept] if kept else [], updates):
            for update in part:
                found.update(read_state_vector(state_vector_of(update), _WHATEVER_IS_STORED))
    except (EnginePanic, EngineRefusal) as error:
        raise MalformedUpdate(f"a stored document cannot be read: {error}") from error
    return frozenset(found)
