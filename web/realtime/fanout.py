"""The stream that owns all writes of one connection.

A broadcast must never wait for a reader, and a task per reader would cost three times the sending itself. So `push` writes
straight into the socket without blocking; what the kernel does not take of that one frame is kept, and until it is gone
every further `push` is declined. A single task per connection exists only while something is kept.
Document states are long. They are fed: each piece is asked for when nothing else waits, so that answers go between them.

Measured: 8 to 10 us of processor time per delivered 200-byte frame, of which 4.6 us are the kernel's; the same with one
sender task per connection is 23 us, through an ASGI server 45 us.
"""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import trio

from hathor_rt.rooms.ports import SharedPayload
from sync.units import Micros
from web.realtime.encryption import Encryption
from web.realtime.framing import binary_frame
from web.realtime.intake import Intake
from web.realtime.unsent import Unsent

# The kernel's default grows to megabytes, which would hide a slow reader for minutes; it doubles what is asked for here.
_KERNEL_BUFFER_BYTES: Final = 128 * 1024
# While something is fed, the kernel holds no more unsent bytes than this: an answer waits behind them.
_UNSENT_BYTES: Final = 16 * 1024


class FanoutStream(trio.abc.HalfCloseableStream):
    """A TCP connection, encrypted or not, that can be written to without waiting.

    Args:
        nursery: Where the pump runs while something waits; must outlive the use of the stream.
        raw: A connected socket, owned by the stream from here on.
        now: The clock for `read_at` and `progress_at`.

    Attributes:
        progress_at: When the peer last took bytes that had to wait; meaningful while `is_waiting`.
        on_caught_up: Called after a `push` was declined, once nothing waits any more.
    """

    # A broadcast touches one of these for each reader: fewer bytes to fetch.
    __slots__ = (
        "_emptied", "_encryption", "_intake", "_is_broken", "_is_closed", "_is_declining", "_is_feeding", "_now", "_nursery",
        "_raw", "_send", "_sending", "_unsent", "on_caught_up", "progress_at",
    )  # fmt: skip

    def __init__(self, nursery: trio.Nursery, raw: socket.socket, now: Callable[[], Micros]) -> None:
        raw.setblocking(False)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER_BYTES)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._nursery = nursery
        self._raw = raw
        self._send = raw.send
        self._now = now
        self._encryption: Encryption | None = None
        self._intake = Intake(raw, now)
        # Invariant: it is there exactly while the pump is.
        self._unsent: Unsent | None = None
        self._is_feeding = False
        self._is_declining = False
        self._is_closed = False
        self._is_broken = False
        self._emptied: trio.Event | None = None
        self._sending = trio.Lock()
        self.progress_at = now()
        self.on_caught_up: Callable[[], None] | None = None

    @property
    def nursery(self) -> trio.Nursery:
        """Where tasks of this connection run that are not to end with the one that serves it."""
        return self._nursery

    @property
    def read_at(self) -> Micros:
        """When bytes last came from the peer."""
        return self._intake.read_at

    @property
    def read_bytes(self) -> int:
        """How many came so far, as they were on the wire."""
        return self._intake.read_bytes

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection speaks TLS."""
        return self._encryption is not None

    @property
    def is_waiting(self) -> bool:
        """Whether something waits for the peer to read."""
        return self._unsent is not None

    def peer(self) -> tuple[str, int]:
        """Address and port at the other end; ("", 0) if the connection is already gone."""
        try:
            address = self._raw.getpeername()
        except OSError:
            return "", 0
        return str(address[0]), int(address[1])

    def own(self) -> tuple[str, int]:
        """Our own address and port; ("", 0) if the connection is already gone."""
        try:
            address = self._raw.getsockname()
        except OSError:
            return "", 0
        return str(address[0]), int(address[1])

    def shorten_backlog(self, byte_count: int) -> None:
        """Have the kernel take little from the peer ahead of our reading, so that not reading is felt soon.

        For realtime connections: they send little, and who sends too much is held back by not being read. By default it is
        megabytes: seconds of work that nothing can hold back.

        Args:
            byte_count: About as much; Linux takes up to twice of it.
        """
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, byte_count)

    # ── writing without waiting ──────────────────────────────────────────────────────────────────────────────────────

    def push(self, shared: SharedPayload) -> bool:
        """Offer a broadcast. False: the reader is behind (or gone) and nothing of it was taken."""
        if self._is_closed or self._is_broken:
            return False
        if self._unsent is not None:
            self._is_declining = True
            return False
        frame = shared.framed
        if not frame:
            frame = shared.framed = binary_frame(shared.payload)
        if self._encryption is not None:
            self._offer(self._encryption.encrypt(frame))
            return not self._is_broken
        # As `_try_send`; this is called for every reader of every broadcast.
        try:
            sent = self._send(frame)
        except BlockingIOError:
            self._is_declining = True
            self._start_pump(Unsent())
            return False
        except OSError:
            self._is_broken = True
            return False
        if sent < len(frame):
            self._start_pump(Unsent(memoryview(frame)[sent:]))
        return True

    def queue(self, frame: bytes) -> bool:
        """Put a WebSocket frame for this peer alone, after everything before it. False: its queue is full, nothing was put.

        A closed or broken stream swallows it: whoever reads from the stream learns of that.
        """
        if self._is_closed or self._is_broken:
            return True
        if self._unsent is not None and not self._unsent.has_room_for(len(frame)):
            return False
        self._offer(frame if self._encryption is None else self._encryption.encrypt(frame))
        return True

    def feed(self, topic: str, frames: Iterator[bytes]) -> bool:
        """Put frames that all else may overtake, instead of what is still fed under `topic`. False: too much is fed already.

        Pushes are declined until all are out.
        """
        if self._is_closed or self._is_broken:
            return True
        unsent = self._unsent
        if unsent is None:
            unsent = Unsent()
            self._start_pump(unsent)
        if not unsent.feed(topic, frames):
            return False
        self._is_feeding = True
        self._limit_unsent(_UNSENT_BYTES)
        return True

    def starve(self, *topics: str) -> None:
        """Drop what is still fed under `topics`; none: everything."""
        if self._unsent is not None:
            self._unsent.starve(*topics)

    def abort(self) -> None:
        """Drop the connection and what the kernel still holds of it (a reset). For peers that stopped reading."""
        if not self._is_closed:
            self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.shut()

    def shut(self) -> None:
        """Close at once without a word. Idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._unsent is not None:
            self._unsent.clear()
        trio.lowlevel.notify_closing(self._raw)
        self._raw.close()
        self._tell_emptied()

    # ── trio's stream interface ──────────────────────────────────────────────────────────────────────────────────────

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write `data` after everything before it but feeds, and wait until the kernel has it all."""
        async with self._sending:
            self._check_open()
            if data:
                plain = bytes(data)
                self._offer(plain if self._encryption is None else self._encryption.encrypt(plain))
            await self._wait_until_empty()

    async def wait_send_all_might_not_block(self) -> None:
        """Wait until nothing is kept but what is fed."""
        async with self._sending:
            self._check_open()
            await self._wait_until_empty()

    async def send_eof(self) -> None:
        """End our side; the peer's may still be read."""
        await self.wait_send_all_might_not_block()
        if self._encryption is not None:
            self._try_send(self._encryption.farewell())
        try:
            self._raw.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise trio.BrokenResourceError("the peer is gone") from error

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Bytes from the peer, empty at its end. Always lets other tasks run before it takes new bytes from the kernel."""
        return await self._intake.receive(max_bytes)

    async def aclose(self) -> None:
        """Close at once; what still waits is lost."""
        if not self._is_closed:
            if self._encryption is not None and self._unsent is None and not self._is_broken:
                self._try_send(self._encryption.farewell())
            self.shut()
        await trio.lowlevel.checkpoint()

    # ── the beginning of a connection ────────────────────────────────────────────────────────────────────────────────

    def unread(self, data: bytes) -> None:
        """Have `data` be received again, before anything new."""
        self._intake.unread(data)

    async def encrypt(self, context: ssl.SSLContext) -> None:
        """Take the server's part of a TLS handshake; everything after it is encrypted.

        Raises:
            trio.BrokenResourceError: The peer left, or its handshake is no good.
        """
        encryption = Encryption(context)
        while True:
            encryption.feed(await self.receive_some())
            try:
                is_complete = encryption.advance_handshake()
            except ssl.SSLError as error:
                await self.send_all(encryption.take())
                raise trio.BrokenResourceError(f"TLS handshake failed: {error.reason}") from error
            await self.send_all(encryption.take())
            if is_complete:
                self._encryption = encryption
                self._intake.decrypt_with(encryption, self._offer)
                return

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _offer(self, wire: bytes) -> None:
        """Send now what the kernel takes, keep the rest."""
        if self._unsent is not None:
            self._unsent.put(wire)
        else:
            self._keep(wire, self._try_send(wire))

    def _keep(self, wire: bytes, sent: int) -> None:
        if sent < len(wire) and not self._is_broken:
            self._start_pump(Unsent(memoryview(wire)[sent:]))

    def _try_send(self, wire: bytes | memoryview) -> int:
        """Bytes the kernel took; 0 also when the peer is gone, which `_is_broken` then tells."""
        try:
            return self._send(wire)
        except BlockingIOError:
            return 0
        except OSError:
            self._is_broken = True
            return 0

    def _start_pump(self, unsent: Unsent) -> None:
        assert self._unsent is None
        self._unsent = unsent
        self.progress_at = self._now()
        self._nursery.start_soon(self._pump, unsent, name="pump")

    async def _pump(self, unsent: Unsent) -> None:
        try:
            while not self._is_broken and not self._is_closed:  # it may be closed before this task has begun
                await trio.lowlevel.wait_writable(self._raw)
                if self._drain(unsent):
                    break
        except (trio.ClosedResourceError, OSError):
            self._is_broken = True
        finally:
            self._unsent = None
            if unsent:  # cancelled in the middle of a frame: nothing may follow it
                self._is_broken = True
            self._tell_emptied()
        if self._is_declining and not self._is_broken and not self._is_closed:
            self._is_declining = False
            if self.on_caught_up is not None:
                self.on_caught_up()

    def _drain(self, unsent: Unsent) -> bool:
        """Send until the kernel is full, a fed frame is due, or nothing is left; True if nothing is left."""
        while unsent.rest or unsent.advance():
            sent = self._try_send(unsent.rest)
            if self._is_broken:
                return True
            if sent:
                self.progress_at = self._now()
            unsent.took(sent)
            if unsent.rest:
                return False
        fed = unsent.fed()
        if fed is not None:
            # Encrypted only now: records go out in the order in which they were made.
            unsent.begin(fed if self._encryption is None else self._encryption.encrypt(fed))
            self._tell_emptied()  # for whoever waits for what was kept
            return False
        if self._is_feeding:
            self._is_feeding = False
            self._limit_unsent(0)
        return True

    def _limit_unsent(self, byte_count: int) -> None:
        """Have the kernel take no more than it sends soon; 0: what its buffer holds."""
        with suppress(OSError):  # the peer is gone
            self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, byte_count)

    async def _wait_until_empty(self) -> None:
        if self._unsent is not None:
            if self._emptied is None:
                self._emptied = trio.Event()
            await self._emptied.wait()
        else:
            await trio.lowlevel.checkpoint()
        self._check_open()

    def _tell_emptied(self) -> None:
        if self._emptied is not None:
            self._emptied.set()
            self._emptied = None

    def _check_open(self) -> None:
        if self._is_closed:
            raise trio.ClosedResourceError("this connection was closed on our side")
        if self._is_broken:
            raise trio.BrokenResourceError("the peer is gone")
