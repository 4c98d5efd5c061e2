"""Takes connections from a listening socket, several at a turn.

trio's own loop wraps each in two objects that are thrown away here, because the fan-out stream needs the bare socket, and goes
through the scheduler for each: a crowd that comes back at once pays for that.
"""

import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

import structlog
import trio

# Whoever is already inside has a turn after so many.
_AT_A_TURN: Final = 16
# Of descriptors or memory there are none left: as trio does, wait until some connection has ended.
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
_PAUSE_SECONDS: Final = 0.1
# The connection that was next is gone already, or its network is: accept(2) hands their errors on to us.
_GONE: Final = frozenset(
    {
        errno.EPERM,
        errno.ECONNABORTED,
        errno.ECONNRESET,
        errno.EPROTO,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENONET,
        errno.ENOPROTOOPT,
        errno.EOPNOTSUPP,
        errno.ETIMEDOUT,
    }
)
# As trio sets it: more than this is not taken off our hands before the network has sent it, so a slow reader shows early.
_UNSENT_BYTES: Final = 16 * 1024

_log = structlog.get_logger("hathor.front")


async def accept_all(listener: trio.SocketListener, take: Callable[[socket.socket], object]) -> NoReturn:
    """Hand every connection to `take`, until cancelled; closes the listener then.

    Args:
        listener: Taken over.
        take: Owns the connected socket from then on; must not wait.

    Raises:
        OSError: The listener is broken.
    """
    async with listener:
        with socket.socket(fileno=os.dup(listener.socket.fileno())) as listening:
            await _accept(listening, take)


async def _accept(listening: socket.socket, take: Callable[[socket.socket], object]) -> NoReturn:
    listening.setblocking(False)
    while True:
        await trio.lowlevel.wait_readable(listening)
        for _ in range(_AT_A_TURN):
            try:
                connected, _ = listening.accept()
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    _log.error("no connection can be taken", error=str(error))
                    await trio.sleep(_PAUSE_SECONDS)
                    break
                if error.errno not in _GONE:
                    raise
                _log.debug("connection lost", error=str(error))
                continue
            with suppress(OSError):  # it is gone: whoever reads from it learns of that
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
            take(connected)
