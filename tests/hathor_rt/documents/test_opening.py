"""Documents come back as they were committed. Rooms: tests/hathor_rt/rooms/test_opening.py."""

import pytest

from hathor_rt.documents.opening import load_document
from hathor_rt.ids import DocumentName
from hathor_rt.storage.memory.opening import open_memory
from sync.documents.limits import Limits
from sync.refusal import UnknownDocument


async def test_an_unknown_document_is_empty_and_an_unknown_kind_is_refused() -> None:
    store = open_memory(seed=1).documents
    loaded = await load_document(store, DocumentName("scratch:s1"), Limits())
    assert (loaded.sequence, loaded.last) == (0, None)
    assert loaded.replica.state() == b"\x00\x00"
    loaded.replica.close()
    with pytest.raises(UnknownDocument):
        await load_document(store, DocumentName("nope:x"), Limits())
