"""``python -m loadtests.realtime.bare_sender CLIENTS PER_SECOND BYTES``: the same bytes to everybody, and nothing else.

What this costs is the kernel's, a loop's and a timer's: no server of this kind can be below it.
"""

import select
import socket
import sys
import time
from typing import Final

# As the server does it: see `web.realtime.fanout`.
_KERNEL_BUFFER_BYTES: Final = 128 * 1024


def main() -> None:
    """Say where it listens, let everybody in, then send until it is ended. A client that does not read ends it, too."""
    clients, per_second, byte_count = map(int, sys.argv[1:])
    listener = socket.create_server(("127.0.0.1", 0), backlog=clients)
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    sockets = [_admitted(listener) for _ in range(clients)]
    sends = [each.send for each in sockets]
    frame = bytes(byte_count)
    # Nothing is registered: it only waits as an event loop does.
    loop = select.epoll()
    due = time.perf_counter()
    while True:
        for send in sends:
            send(frame)
        due += 1 / per_second
        loop.poll(max(0.0, due - time.perf_counter()))


def _admitted(listener: socket.socket) -> socket.socket:
    admitted, _ = listener.accept()
    admitted.setblocking(False)
    admitted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER_BYTES)
    admitted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return admitted


if __name__ == "__main__":
    main()
