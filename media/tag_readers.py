"""The server's side of the tag reading processes: hand out paths, take readings, survive files that kill a process."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from subprocess import DEVNULL, PIPE
from typing import Final

import msgspec
import trio

from media.tag_messages import LENGTH, Reading, Unreadable

# A reading carries at most a cover of 4 MiB and some text.
MOST_BYTES: Final = 8 * 1024 * 1024
SECONDS_PER_FILE: Final = 30


class TagReader:
    """One process that reads tags, started anew when a file brought it down."""

    def __init__(self) -> None:
        self._process: trio.Process | None = None
        self._decoder: msgspec.msgpack.Decoder[Reading] = msgspec.msgpack.Decoder(Reading)

    @property
    def process_id(self) -> int | None:
        """Of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    async def read(self, path: str) -> Reading:
        """Tags of the file at `path`; what the file does to the process is part of the answer, never an exception."""
        try:
            with trio.fail_after(SECONDS_PER_FILE):
                return await self._ask(path)
        except trio.TooSlowError:
            await self.close()
            return Unreadable(path, f"reading its tags took longer than {SECONDS_PER_FILE} s")
        except (trio.BrokenResourceError, trio.ClosedResourceError, EOFError, msgspec.DecodeError):
            await self.close()
            return Unreadable(path, "its header makes the reader fail")

    async def close(self) -> None:
        """Stop the process if it runs. Idempotent."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):  # a killed process ends at once
            await process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    await pipe.aclose()

    async def _ask(self, path: str) -> Reading:
        if self._process is None:
            command = [sys.executable, "-m", "media.tag_reader"]
            self._process = await trio.lowlevel.open_process(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        assert self._process.stdin is not None
        name = path.encode()
        await self._process.stdin.send_all(LENGTH.pack(len(name)) + name)
        (length,) = LENGTH.unpack(await self._exactly(LENGTH.size))
        if length > MOST_BYTES:
            raise EOFError("the reader lost step")
        return self._decoder.decode(await self._exactly(length))

    async def _exactly(self, count: int) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        held = bytearray()
        while len(held) < count:
            part = await self._process.stdout.receive_some(count - len(held))
            if not part:
                raise EOFError("the reader ended")
            held += part
        return bytes(held)


@asynccontextmanager
async def read_all(paths: Sequence[str], *, processes: int) -> AsyncIterator[trio.MemoryReceiveChannel[Reading]]:
    """Readings of all `paths`, in any order, from several processes side by side. The processes end with the block."""
    send, receive = trio.open_memory_channel[Reading](processes * 2)
    waiting = iter(paths)

    async def work(channel: trio.MemorySendChannel[Reading]) -> None:
        reader = TagReader()
        try:
            async with channel:
                for path in waiting:
                    await channel.send(await reader.read(path))
        finally:
            await reader.close()

    async with trio.open_nursery() as nursery:
        async with send:
            for _ in range(processes):
                nursery.start_soon(work, send.clone())
        async with receive:
            yield receive
        nursery.cancel_scope.cancel()
