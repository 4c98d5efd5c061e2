"""Waiting for people who may have nothing to say: it ends when the server does."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Patience:
    """What waits for the first bytes of a connection, or of its next request."""

    def __init__(self) -> None:
        self._waiting: set[trio.CancelScope] = set()
        self._has_ended = False

    def end(self) -> None:
        """Cancel what waits now, and whatever is about to wait."""
        self._has_ended = True
        for scope in self._waiting:
            scope.cancel()

    @contextmanager
    def until_the_end(self, scope: trio.CancelScope) -> Iterator[None]:
        """`scope`, which is entered already, is cancelled at the end."""
        if self._has_ended:
            scope.cancel()
        self._waiting.add(scope)
        try:
            yield
        finally:
            self._waiting.discard(scope)
