"""The messages of y-websocket, which every Yjs client speaks: one document per socket, named by the URL.

Every WebSocket message is binary and begins with its kind. Numbers are varuints (7 bits a byte, low first, high bit: more
follows); binary and text are a length in bytes and the bytes.

=========  =====================================================================================================
message    bytes
=========  =====================================================================================================
step 1     00 00, state vector as binary: what its sender has; answered by step 2
step 2     00 01, update as binary: what the other one lacks
update     00 02, update as binary
awareness  01, binary: number of states; for each: client id, clock, JSON as text (``null``: gone)
denied     02 00, text: a reason; only ever sent by servers
query      03: tell me all states
=========  =====================================================================================================

``00 01 02 00 00`` is a step 2 with the update ``00 00``, in which nothing is.

Source: y-protocols 1.0 `sync.js`, `awareness.js`; y-websocket 3 `y-websocket.js` (format read, code written anew).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sync.documents.varuint import Varuints
from sync.refusal import MalformedFrame, MalformedUpdate

_SYNC: Final = 0
_AWARENESS: Final = 1
_AUTH: Final = 2
_QUERY: Final = 3
_STEP_1: Final = 0
_STEP_2: Final = 1
_UPDATE: Final = 2

# A client repeats the states of everybody in a document; a browser's whole presence is some hundred bytes.
MOST_STATES: Final = 10_000
LONGEST_STATE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Step1:
    """What its sender has, as a Yjs state vector."""

    state_vector: bytes


@dataclass(frozen=True, slots=True)
class Edited:
    """An update; `is_answer`: the answer to a step 1."""

    update: bytes
    is_answer: bool


@dataclass(frozen=True, slots=True)
class PeerState:
    """The awareness of one client: `state` is JSON, ``null`` if it is gone; a higher `clock` is newer."""

    client_id: int
    clock: int
    state: str


@dataclass(frozen=True, slots=True)
class Aware:
    """States of clients, its sender's own and all it was told."""

    states: tuple[PeerState, ...]


@dataclass(frozen=True, slots=True)
class QueryAwareness:
    """All states are wanted."""


@dataclass(frozen=True, slots=True)
class Denied:
    """A server's refusal; nobody else says it."""

    reason: str


YjsMessage = Step1 | Edited | Aware | QueryAwareness | Denied


def decode(message: bytes) -> YjsMessage:
    """What `message` says.

    Raises:
        MalformedFrame: It is none of the protocol, or is longer than it says.
    """
    reading = Varuints(message)
    try:
        told = _decode(reading)
    except IndexError:
        raise MalformedFrame("the message ends in the middle") from None
    except MalformedUpdate as refusal:
        raise MalformedFrame(refusal.reason) from None
    if reading.at != len(message):
        raise MalformedFrame(f"{len(message) - reading.at} bytes are left over after the message")
    return told


def step_1(state_vector: bytes) -> bytes:
    """Ask for what a replica at `state_vector` lacks."""
    return b"\x00\x00" + _binary(state_vector)


def step_2(update: bytes) -> bytes:
    """The answer to a step 1."""
    return b"\x00\x01" + _binary(update)


def edited(update: bytes) -> bytes:
    """An update for those who are in step."""
    return b"\x00\x02" + _binary(update)


def aware(states: Iterable[PeerState]) -> bytes:
    """States of clients."""
    told = tuple(states)
    body = bytearray(_number(len(told)))
    for each in told:
        body += _number(each.client_id) + _number(each.clock) + _binary(each.state.encode())
    return b"\x01" + _binary(bytes(body))


def query_awareness() -> bytes:
    """Ask for all states."""
    return b"\x03"


def denied(reason: str) -> bytes:
    """Tell a client that it may not."""
    return b"\x02\x00" + _binary(reason.encode())


def _decode(reading: Varuints) -> YjsMessage:
    kind = reading.next()
    if kind == _SYNC:
        step = reading.next()
        content = _take(reading)
        if step == _STEP_1:
            return Step1(content)
        if step in (_STEP_2, _UPDATE):
            return Edited(content, is_answer=step == _STEP_2)
        raise MalformedFrame(f"no sync message is of kind {step}")
    if kind == _AWARENESS:
        return Aware(_states(Varuints(_take(reading))))
    if kind == _AUTH:
        reading.next()
        return Denied(_take(reading).decode(errors="replace"))
    if kind == _QUERY:
        return QueryAwareness()
    raise MalformedFrame(f"no message is of kind {kind}")


def _take(reading: Varuints) -> bytes:
    length = reading.next()
    start = reading.at
    reading.skip(length)
    return reading.data[start : reading.at]


def _states(reading: Varuints) -> tuple[PeerState, ...]:
    count = reading.next()
    if count > MOST_STATES:
        raise MalformedFrame(f"a message tells at most {MOST_STATES} states, this one claims {count}")
    states = []
    for _ in range(count):
        client_id, clock = reading.next(), reading.next()
        states.append(PeerState(client_id, clock, reading.text(LONGEST_STATE).decode()))
    if reading.at != len(reading.data):
        raise MalformedFrame("bytes are left over after the states")
    return tuple(states)


def _binary(content: bytes) -> bytes:
    return _number(len(content)) + content


def _number(value: int) -> bytes:
    if value < 0x80:
        return bytes((value,))
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
