"""When documents have been left alone for so long that what only edits need may be given back."""

from typing import Final

from sync.units import Micros

# People edit in bursts. A shadow doubles the memory of a document; making it anew takes 10 us for each entry.
QUIET_AFTER: Final = Micros(10_000_000)


class Quiet:
    """The quiet of one owner's documents. Pure."""

    __slots__ = ("due_at",)

    def __init__(self) -> None:
        self.due_at: Micros | None = None
        """When `note` must be called even if nothing changes; None: no need."""

    def note(self, now: Micros, *, has_changed: bool) -> bool:
        """Whether the documents are to rest now: once after every stretch of changes."""
        if has_changed:
            self.due_at = Micros(now + QUIET_AFTER)
        elif self.due_at is not None and now >= self.due_at:
            self.due_at = None
            return True
        return False
