"""The server side of TLS over memory: ciphertext in, plaintext out, and the reverse. Moves no bytes by itself.

The fan-out stream needs to write without waiting, which `trio.SSLStream` cannot; OpenSSL over two memory buffers can.
"""

import ssl
from contextlib import suppress
from typing import Final

# The largest plaintext of one TLS record.
_RECORD_BYTES: Final = 16 * 1024


class Encryption:
    """One connection's TLS state.

    Args:
        context: Server-side context with a certificate.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def feed(self, ciphertext: bytes) -> None:
        """Give what came from the peer; empty means that nothing more will come."""
        if ciphertext:
            self._incoming.write(ciphertext)
        else:
            self._incoming.write_eof()

    def take(self) -> bytes:
        """Bytes that must go to the peer now, in this order; often empty."""
        return self._outgoing.read()

    def advance_handshake(self) -> bool:
        """Go as far as what was fed allows. True: the handshake is complete. Raises `ssl.SSLError`."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def encrypt(self, plaintext: bytes) -> bytes:
        """`plaintext` as records for the peer, after anything else that was due."""
        view = memoryview(plaintext)
        while view:
            view = view[self._tls.write(view[:_RECORD_BYTES]) :]
        return self._outgoing.read()

    def decrypt(self, max_bytes: int) -> bytes | None:
        """Plaintext from what was fed; None: feed more; empty: the peer has ended its side. Raises `ssl.SSLError`."""
        try:
            return self._tls.read(max_bytes)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            # Most browsers close the TCP connection without saying so in TLS; HTTP and WebSocket tell their own ends.
            return b""

    def farewell(self) -> bytes:
        """The closing alert for the peer."""
        # It then wants to read the peer's alert, or the peer broke the protocol; ours is in the buffer if one is due.
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        return self._outgoing.read()
