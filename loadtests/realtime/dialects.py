"""How servers want the Yjs sync protocol wrapped."""

from dataclasses import dataclass
from typing import Final, Protocol

from loadtests.realtime.updates import text
from sync.documents.varuint import Varuints

_SYNC: Final = 0
_STEP_2: Final = 1
_UPDATE: Final = 2
_NOTHING: Final = b"\x00\x00"
_EMPTY_VECTOR: Final = b"\x00"


@dataclass(frozen=True, slots=True)
class Told:
    """An update from the server; `is_answer`: the answer to our step 1."""

    update: bytes
    is_answer: bool


class Dialect(Protocol):
    """One way of saying it."""

    def path(self, document: str) -> str:
        """Where the socket is asked for, query included."""
        ...

    def greeting(self, document: str) -> list[bytes]:
        """What a client without any state says first."""
        ...

    def edit(self, document: str, update: bytes) -> bytes:
        """An update as a message."""
        ...

    def told(self, message: bytes) -> Told | None:
        """The update in a message; None: it holds none."""
        ...


class YWebsocket:
    """One document a socket, named by the URL. `query` goes behind it."""

    def __init__(self, prefix: str = "/", query: str = "") -> None:
        self._prefix = prefix
        self._query = query

    def path(self, document: str) -> str:
        """``/<document>``."""
        return f"{self._prefix}{document}" + (f"?{self._query}" if self._query else "")

    def greeting(self, document: str) -> list[bytes]:
        """Ask for everything, and answer the server's own question before it comes: nothing."""
        return [b"\x00\x00" + text(_EMPTY_VECTOR), b"\x00\x01" + text(_NOTHING)]

    def edit(self, document: str, update: bytes) -> bytes:
        """Sync, update."""
        return b"\x00\x02" + text(update)

    def told(self, message: bytes) -> Told | None:
        """Sync, step 2 or update."""
        return _told(message, 0)


class Hocuspocus:
    """Several documents a socket: every message begins with the document's name; the first is a token."""

    def path(self, document: str) -> str:
        """The same for all."""
        return "/"

    def greeting(self, document: str) -> list[bytes]:
        """A token (any will do without hooks), then as ever."""
        name = text(document.encode())
        return [name + b"\x02\x00" + text(b"any"), *(name + each for each in YWebsocket().greeting(document))]

    def edit(self, document: str, update: bytes) -> bytes:
        """Name, sync, update."""
        return text(document.encode()) + b"\x00\x02" + text(update)

    def told(self, message: bytes) -> Told | None:
        """Behind the name as ever."""
        reading = Varuints(message)
        reading.skip(reading.next())
        return _told(message, reading.at)


def _told(message: bytes, at: int) -> Told | None:
    if len(message) < at + 3 or message[at] != _SYNC or message[at + 1] not in (_STEP_2, _UPDATE):
        return None
    reading = Varuints(message)
    reading.skip(at + 2)
    length = reading.next()
    assert reading.at + length == len(message), "the message is not what its length says"
    return Told(message[reading.at :], is_answer=message[at + 1] == _STEP_2)
