"""Clients with as little to them as possible: a socket each, blocking until the room is entered, frames skipped by length."""

import http.client
import json
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sync.wire.codec import decode_server, encode
from sync.wire.frames import PROTOCOL_VERSION, Ending, Enter, Hello, Open, Opened

_PING = 0x89
_PONG = bytes((0x8A, 0x80, 0, 0, 0, 0))
_BINARY = 0x82


@dataclass(frozen=True, slots=True)
class Room:
    """A room and the invite that lets everybody in."""

    room: str
    invite: str


def make_guests(port: int, count: int) -> list[str]:
    """Cookies of new guests."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    cookies = []
    for _ in range(count):
        connection.request("GET", "/api/session")
        answer = connection.getresponse()
        answer.read()
        cookies.append(answer.headers["Set-Cookie"].partition(";")[0])
    connection.close()
    return cookies


def make_rooms(port: int, cookies: Iterable[str]) -> list[Room]:
    """One room for each of these guests."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    rooms = []
    for cookie in cookies:
        headers = {"Cookie": cookie, "Content-Type": "application/json"}
        connection.request("POST", "/api/rooms", json.dumps({"name": "Idle"}), headers)
        answer = json.loads(connection.getresponse().read())
        rooms.append(Room(answer["room"], answer["invite"]))
    connection.close()
    return rooms


@dataclass(slots=True, eq=False)
class Visitor:
    """One connection."""

    wire: socket.socket
    _unread: bytes = b""
    frames: int = field(default=0)

    @classmethod
    def enter(cls, port: int, room: Room, cookies: Sequence[str]) -> "list[Visitor]":
        """Connect once with each of these cookies, enter the room and open its documents."""
        visitors = [cls(socket.create_connection(("127.0.0.1", port))) for _ in cookies]
        for visitor, cookie in zip(visitors, cookies, strict=True):
            visitor.wire.sendall(
                f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nCookie: {cookie}\r\n\r\n".encode()
            )
        for visitor in visitors:
            visitor.shake_hands()
            visitor.send(encode(Hello(PROTOCOL_VERSION, "load test")))
            visitor.send(encode(Enter(room.room, room.invite)))
            for kind in ("queue", "playback"):
                visitor.send(encode(Open(f"{kind}:{room.room}")))
        for visitor in visitors:
            opened = 0
            while opened < 2:
                frame = decode_server(visitor.payload())
                assert not isinstance(frame, Ending), frame
                opened += isinstance(frame, Opened)
        return visitors

    def send(self, payload: bytes) -> None:
        """One binary message of at most 125 bytes, masked with zeros."""
        assert len(payload) < 126
        self.wire.sendall(bytes((_BINARY, 0x80 | len(payload), 0, 0, 0, 0)) + payload)

    def take_in(self) -> None:
        """Read what came; answer pings, skip the rest. Raises `ConnectionError` if the server has closed."""
        data = self.wire.recv(65_536)
        if not data:
            raise ConnectionError("the server closed an idle connection")
        self._unread += data
        while (frame := self._cut()) is not None:
            if frame[0] == _PING:
                self.wire.sendall(_PONG)

    def shake_hands(self) -> None:
        """Read the answer to the upgrade."""
        while b"\r\n\r\n" not in self._unread:
            data = self.wire.recv(65_536)
            assert data, self._unread
            self._unread += data
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def payload(self) -> bytes:
        """The next message; waits for it."""
        while True:
            frame = self._cut()
            if frame is None:
                data = self.wire.recv(65_536)
                assert data, "the server closed"
                self._unread += data
            elif frame[0] == _BINARY:
                return frame[1]

    def _cut(self) -> tuple[int, bytes] | None:
        """The next whole frame of what was read: first byte and payload."""
        data = self._unread
        if len(data) < 2:
            return None
        size, start = data[1], 2
        if size > 125:
            start = 4 if size == 126 else 10
            if len(data) < start:
                return None
            size = int.from_bytes(data[2:start], "big")
        if len(data) < start + size:
            return None
        self._unread = data[start + size :]
        return data[0], data[start : start + size]
