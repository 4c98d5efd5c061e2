"""The read side of one connection: bytes as the peer sent them, decrypted if it speaks TLS."""

import socket
import ssl
from collections.abc import Callable
from typing import Final

import trio

from sync.units import Micros
from web.realtime.encryption import Encryption

_RECEIVE_BYTES: Final = 64 * 1024


class Intake:
    """What comes in. One task at a time may receive.

    Args:
        raw: A connected socket that does not block; whoever owns it closes it.
        now: The clock for `read_at`.

    Attributes:
        read_at: When bytes last came from the peer.
        read_bytes: How many came so far, as they were on the wire.
    """

    __slots__ = ("_answer", "_encryption", "_now", "_raw", "_unread", "read_at", "read_bytes")

    def __init__(self, raw: socket.socket, now: Callable[[], Micros]) -> None:
        self._raw = raw
        self._now = now
        self._unread = b""
        self._encryption: Encryption | None = None
        self._answer: Callable[[bytes], None] | None = None
        self.read_at = now()
        self.read_bytes = 0

    def unread(self, data: bytes) -> None:
        """Have `data` be received again, before anything new."""
        self._unread = data + self._unread

    def decrypt_with(self, encryption: Encryption, answer: Callable[[bytes], None]) -> None:
        """From now on what comes is encrypted. `answer` sends what TLS itself has to say to that."""
        self._encryption = encryption
        self._answer = answer

    async def receive(self, max_bytes: int | None) -> bytes:
        """Bytes from the peer, empty at its end. Always lets other tasks run before it takes new bytes from the kernel.

        Raises:
            trio.ClosedResourceError: The socket was closed on our side.
            trio.BrokenResourceError: The peer is gone, or its TLS is no good.
        """
        limit = _RECEIVE_BYTES if max_bytes is None else max_bytes
        while True:
            if self._unread:
                # Only then it is taken: a cancelled call loses nothing.
                await trio.lowlevel.checkpoint()
                taken, self._unread = self._unread[:limit], self._unread[limit:]
                return taken
            if self._encryption is not None:
                plain = self._decrypt(self._encryption, limit)
                if plain:
                    self._unread = plain
                    continue
                if plain is not None:
                    await trio.lowlevel.checkpoint()
                    return plain
            data = await self._take(limit)
            if self._encryption is None:
                return data
            self._encryption.feed(data)

    async def _take(self, limit: int) -> bytes:
        while True:
            if self._raw.fileno() < 0:
                raise trio.ClosedResourceError("this connection was closed on our side")
            await trio.lowlevel.wait_readable(self._raw)
            try:
                data = self._raw.recv(limit)
            except BlockingIOError:
                continue
            except OSError as error:
                raise trio.BrokenResourceError("the peer is gone") from error
            self.read_at = self._now()
            self.read_bytes += len(data)
            return data

    def _decrypt(self, encryption: Encryption, limit: int) -> bytes | None:
        """Plain bytes; empty at the peer's end; None: more must come first."""
        try:
            plain = encryption.decrypt(limit)
        except ssl.SSLError as error:
            raise trio.BrokenResourceError(f"TLS failed: {error.reason}") from error
        due = encryption.take()  # a key update to answer
        if due and self._answer is not None:
            self._answer(due)
        return plain
