"""The server's half of the WebSocket handshake (RFC 6455 section 4.2): a request is judged, an answer given.

No extension and no subprotocol is ever agreed on: compression would need a context per connection, which forbids sending one
frame to many, and both protocols served here are named by their path.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Final

from hathor_rt.refusals import BadRequest
from sync.refusal import WrongProtocol

VERSION: Final = "13"
# RFC 6455 section 1.3.
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_NONCE_BYTES: Final = 16


def accept_handshake(headers: Mapping[str, str]) -> bytes:
    """The answer that turns the connection into a WebSocket.

    Args:
        headers: Of a ``GET`` with HTTP/1.1; names in lower case, repeated ones joined with commas.

    Raises:
        BadRequest: It is no proper upgrade.
        WrongProtocol: Another version of WebSocket than 13; the answer must name ours in ``Sec-WebSocket-Version``.
    """
    if "websocket" not in _tokens(headers, "upgrade") or "upgrade" not in _tokens(headers, "connection"):
        raise BadRequest("a WebSocket is asked for with the headers 'Connection: Upgrade' and 'Upgrade: websocket'")
    version = headers.get("sec-websocket-version", "").strip()
    if version != VERSION:
        raise WrongProtocol(
            f"this server speaks WebSocket version {VERSION}, the request asks for {version or 'none'!r}"
        )
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + _proof(headers.get("sec-websocket-key", "").strip()) + b"\r\n\r\n"
    )


def _proof(key: str) -> bytes:
    try:
        is_nonce = len(base64.b64decode(key, validate=True)) == _NONCE_BYTES
    except (binascii.Error, ValueError):
        is_nonce = False
    if not is_nonce:
        raise BadRequest("Sec-WebSocket-Key is 16 bytes in base64")
    # SHA-1 proves here that the server read the header, nothing else.
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest())


def _tokens(headers: Mapping[str, str], name: str) -> set[str]:
    return {token.strip().lower() for token in headers.get(name, "").split(",")}
