"""Open owners of this process: opened on demand exactly once however many ask, closed when idle, contained when they crash."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

import structlog
import trio

from hathor_rt.refusals import Overloaded, StorageDown
from sync.refusal import Refusal
from sync.units import Micros
from sync.wire.endings import ENDINGS, ending
from sync.wire.frames import Ending

# An owner that crashed is opened again by the first one who comes back; this spreads the coming back.
REOPEN_AFTER: Final = Micros(300_000)
# Opening what is just closing takes a second try; more than a few mean that it cannot live.
TRIES_TO_OPEN: Final = 5

_log = structlog.get_logger("hathor.owners")


class Owner(Protocol):
    """The task that alone touches some documents. It raises `trio.BrokenResourceError` at those who come too late."""

    @property
    def closed(self) -> trio.Event:
        """Set when everything of it is freed."""
        ...

    async def run(self) -> None:
        """Serve until idle."""
        ...

    def dismiss(self, ending: Ending) -> None:
        """End every connection."""
        ...


Name = TypeVar("Name", bound=Hashable)
Opened = TypeVar("Opened", bound=Owner)
Outcome = TypeVar("Outcome")


@dataclass(slots=True)
class _Opening(Generic[Opened]):
    """Several askers wait for one opening."""

    ready: trio.Event = field(default_factory=trio.Event)
    owner: Opened | None = None
    refusal: Refusal | None = None


class OwnerDirectory(Generic[Name, Opened]):
    """Finds or opens owners. Their tasks live in the nursery given here.

    Args:
        nursery: Lives as long as the service; cancelling it closes all owners in order.
        load: Brings one back from storage.
        what: How people call it.
    """

    def __init__(self, nursery: trio.Nursery, load: Callable[[Name], Awaitable[Opened]], what: str) -> None:
        self._nursery = nursery
        self._load = load
        self._what = what
        self._openings: dict[Name, _Opening[Opened]] = {}

    def find(self, name: Name) -> Opened | None:
        """The owner if it is open now."""
        opening = self._openings.get(name)
        return None if opening is None else opening.owner

    async def present(self, name: Name) -> Opened | None:
        """The owner if it is open, or being opened now: then once it is. What it is told reaches it either way."""
        opening = self._openings.get(name)
        if opening is None:
            return None
        await opening.ready.wait()
        return opening.owner

    def all_open(self) -> tuple[Opened, ...]:
        """All owners that are open now."""
        return tuple(opening.owner for opening in self._openings.values() if opening.owner is not None)

    async def open(self, name: Name) -> Opened:
        """The open owner; opens it if need be.

        Raises:
            Refusal: What loading refuses.
            StorageDown: It cannot be loaded now.
            Overloaded: The server stops.
        """
        opening = self._openings.get(name)
        if opening is None:
            opening = _Opening()
            self._nursery.start_soon(self._serve, name, opening)
            self._openings[name] = opening
        await opening.ready.wait()
        if opening.refusal is not None:
            raise opening.refusal
        assert opening.owner is not None
        return opening.owner

    async def in_open(self, name: Name, act: Callable[[Opened], Awaitable[Outcome]]) -> Outcome:
        """Do something at the open owner; if it closes just then, at the one that is opened after it."""
        for _ in range(TRIES_TO_OPEN):
            opened = await self.open(name)
            try:
                return await act(opened)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                await opened.closed.wait()
        raise Overloaded(f"the {self._what} closes as often as it is opened; come back in a moment")

    async def _serve(self, name: Name, opening: _Opening[Opened]) -> None:
        """One owner from opening to closing. One of the three places that survive any failure: only this owner ends."""
        what = self._what
        # The task was started by whoever asked first, whose connection is none of this owner's.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**{what: name})
        try:
            opening.owner = await self._load(name)
            opening.ready.set()
            await opening.owner.run()
        except* Refusal as group:
            refusal = opening.refusal = _first(group)
            if opening.owner is not None:
                _log.error(f"{what} closed", code=refusal.code, reason=refusal.reason)
            # Whatever closed it is not the fault of those inside: they may always come back.
            code = refusal.code if refusal.code in ENDINGS else "failed"
            self._end_all(opening, ending(code, refusal.reason))
        except* Exception:  # the owner's own scope: see the docstring
            _log.exception(f"{what} crashed")
            reason = f"the {what} had to be opened again; nothing that was saved is lost"
            if opening.owner is None:
                opening.refusal = StorageDown(f"the {what} cannot be opened now: its documents could not be read")
            self._end_all(opening, ending("failed", reason, REOPEN_AFTER))
        finally:
            # Whoever asks from now on opens it anew.
            if self._openings.get(name) is opening:
                del self._openings[name]
            if opening.owner is None and opening.refusal is None:
                opening.refusal = Overloaded("the server is stopping; come back in a moment")
            opening.ready.set()

    def _end_all(self, opening: _Opening[Opened], ending: Ending) -> None:
        if opening.owner is not None:
            opening.owner.dismiss(ending)


def _first(group: BaseExceptionGroup[Refusal]) -> Refusal:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
