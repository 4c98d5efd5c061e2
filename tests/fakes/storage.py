"""Storage that can be told to fail, to answer late, or to commit and lose the answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields
from typing import cast

import trio

from hathor_rt.storage.ports import Storage


@dataclass(slots=True)
class Faults:
    """What goes wrong in a faulty storage. Method names are ``port.method``, e.g. ``documents.append``."""

    calls: list[str] = field(default_factory=list)
    """Every call so far, in order."""
    delay_seconds: float = 0.0
    """How long every call takes (virtual time under an autojump clock)."""
    _before: list[tuple[str, Exception]] = field(default_factory=list)
    _after: list[tuple[str, Exception]] = field(default_factory=list)
    _always: dict[str, Exception] = field(default_factory=dict)

    def fail_next(self, error: Exception, method: str = "") -> None:
        """Have the next call (of `method`, or any) raise `error` and change nothing."""
        self._before.append((method, error))

    def lose_answer(self, error: Exception, method: str = "") -> None:
        """Have the next call (of `method`, or any) do its work and raise `error` all the same."""
        self._after.append((method, error))

    def break_down(self, error: Exception, method: str = "") -> None:
        """Have every call (of `method`, or any) raise `error` until `repair`."""
        self._always[method] = error

    def repair(self) -> None:
        """End all faults."""
        self._before.clear()
        self._after.clear()
        self._always.clear()
        self.delay_seconds = 0.0

    async def before(self, method: str) -> None:
        """Called by the wrapped ports."""
        self.calls.append(method)
        if self.delay_seconds:
            await trio.sleep(self.delay_seconds)
        await trio.lowlevel.checkpoint()
        for name in (method, ""):
            if name in self._always:
                raise self._always[name]
        _raise_first(self._before, method)

    def after(self, method: str) -> None:
        """Called by the wrapped ports."""
        _raise_first(self._after, method)


def _raise_first(planned: list[tuple[str, Exception]], method: str) -> None:
    for index, (name, error) in enumerate(planned):
        if name in ("", method):
            del planned[index]
            raise error


class _FaultyPort:
    def __init__(self, port: object, name: str, faults: Faults) -> None:
        self._port = port
        self._name = name
        self._faults = faults

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        method = cast("Callable[..., Awaitable[object]]", getattr(self._port, name))

        async def call(*args: object, **kwargs: object) -> object:
            await self._faults.before(f"{self._name}.{name}")
            answer = await method(*args, **kwargs)
            self._faults.after(f"{self._name}.{name}")
            return answer

        return call


def faulty(storage: Storage) -> tuple[Storage, Faults]:
    """`storage` behind faults: hand the first to the code under test and the second to the test."""
    faults = Faults()
    ports = {each.name: _FaultyPort(getattr(storage, each.name), each.name, faults) for each in fields(storage)}
    return Storage(**ports), faults  # type: ignore[arg-type]  # a port is whatever answers its methods
