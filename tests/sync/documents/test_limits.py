"""The limits fit each other and the wire."""

from sync.documents.limits import Limits
from sync.documents.order import LONGEST_KEY
from sync.wire.frames import MAX_INBOUND_BYTES, MAX_OUTBOUND_BYTES

LIMITS = Limits()


def test_an_update_fits_a_frame_to_the_server() -> None:
    assert LIMITS.update_bytes + 1024 <= MAX_INBOUND_BYTES


def test_a_whole_document_fits_a_frame_to_the_client() -> None:
    assert LIMITS.state_bytes + LIMITS.client_ids * 10 + 1024 <= MAX_OUTBOUND_BYTES


def test_a_full_queue_with_its_past_fits_the_document() -> None:
    # 135 bytes an entry and 40 a tombstone, measured.
    assert LIMITS.entries * 135 + LIMITS.entry_ids * 40 <= LIMITS.state_bytes


def test_the_longest_order_key_fits_a_text() -> None:
    assert LIMITS.text_bytes >= LONGEST_KEY
