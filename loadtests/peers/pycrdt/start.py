"""pycrdt-websocket behind uvicorn with uvloop; nothing stored. Prints the port it listens on.

Runs in its own environment (`requirements.txt` beside it), whose modules are unknown here: therefore they are looked up.
"""

import socket
from importlib import import_module
from typing import Any


async def _serve() -> None:
    uvicorn, pycrdt = import_module("uvicorn"), import_module("pycrdt.websocket")
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    rooms: Any = pycrdt.WebsocketServer()
    settings = uvicorn.Config(
        pycrdt.ASGIServer(rooms),
        loop="uvloop",
        ws="websockets-sansio",
        log_level="warning",
        ws_per_message_deflate=False,
        # Load generators answer no pings; real clients do.
        ws_ping_interval=None,
    )
    async with rooms:
        print(f"listening on {listener.getsockname()[1]}", flush=True)
        await uvicorn.Server(settings).serve(sockets=[listener])


if __name__ == "__main__":
    import_module("uvloop").run(_serve())
