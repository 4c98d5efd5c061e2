"""Yjs clients that this project did not write: y-websocket under Node, and pycrdt's own provider."""

import json
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio
from pycrdt import Doc, Provider
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

from tests.end_to_end.server_process import ServerProcess

HERE = Path(__file__).parent
CLIENT = HERE.parent.parent / "web" / "client"
PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Pass:
    """What `hathor token` gave."""

    name: str
    principal: str
    document: str
    text: str


def make_token(server: ServerProcess, document: str, role: str, *options: str) -> Pass:
    """A token from the command line, for a server that may be running."""
    url = server.command("token", "--document", document, "--role", role, *options).strip()
    lines = server.command("token", "list").splitlines()
    text = url.partition("token=")[2]
    [line] = [each for each in lines if each.startswith(text[:8])]
    return Pass(text[:8], line.split()[-1], document, text)


class NodeClient:
    """One y-websocket provider in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, body: str) -> Any:
        """Run a function body of `doc`, `Y`, `provider` and `seen`; its value as JSON."""
        return self._ask({"run": body})

    def wait(self, expression: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Until an expression of the same is true."""
        assert self._ask({"until": expression, "seconds": seconds}), f"never: {expression}; {self.run('return seen')}"

    def synced(self) -> "NodeClient":
        self.wait("provider.synced")
        return self

    def closed(self) -> tuple[int, str]:
        """Code and reason with which the server closed the socket last."""
        self.wait("seen.closes.length > 0")
        last = self.run("return seen.closes.at(-1)")
        return last["code"], last["reason"]

    def _ask(self, command: dict[str, object]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["value"]


@contextmanager
def node_client(server: ServerProcess, document: str, token: str, *, connects: bool = True) -> Iterator[NodeClient]:
    """An unmodified y-websocket client, for the length of the block."""
    url = server.url.replace("http", "ws", 1) + "yjs"
    process = subprocess.Popen(
        ["node", str(HERE / "yjs_client.cjs"), str(CLIENT), url, document, token],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "YJS_CONNECT": "yes" if connects else "no"},
    )
    try:
        yield NodeClient(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.kill()
        process.wait(10)
        process.stdout.close()


class _Channel:
    """A WebSocket as pycrdt's provider wants it."""

    def __init__(self, socket: WebSocketConnection, path: str) -> None:
        self._socket = socket
        self.path = path

    def __aiter__(self) -> "_Channel":
        return self

    async def __anext__(self) -> bytes:
        try:
            return await self.recv()
        except ConnectionClosed:
            raise StopAsyncIteration from None

    async def send(self, message: bytes) -> None:
        await self._socket.send_message(message)

    async def recv(self) -> bytes:
        message = await self._socket.get_message()
        assert isinstance(message, bytes)
        return message


@asynccontextmanager
async def pycrdt_client(server: ServerProcess, document: str, token: str, doc: "Doc[Any]") -> AsyncIterator[None]:
    """`doc` kept in step by pycrdt's own provider, for the length of the block."""
    url = f"ws://127.0.0.1:{server.port}/yjs/{document}?token={token}"
    async with open_websocket_url(url) as socket, Provider(doc, _Channel(socket, document)) as provider:
        with trio.fail_after(PATIENCE_SECONDS):
            await provider.synced.wait()
        yield
