"""A shared payload is encoded once, and only if somebody needs it."""

from hathor_rt.documents.ports import SharedPayload
from sync.wire.codec import encode
from sync.wire.frames import Done


def test_a_frame_is_encoded_on_first_use() -> None:
    shared = SharedPayload(frame=Done("r", 1))
    assert shared.encoded == b""
    assert shared.payload == encode(Done("r", 1))
    assert shared.payload is shared.payload


def test_a_body_needs_no_frame() -> None:
    assert SharedPayload(b"body").payload == b"body"
