"""How deep the operations of a free-form document stand: a bound from above, which costs next to nothing in flat documents.

Whatever walks a document walks shared values recursively: at 2 500 levels Yjs overflows the stack of a browser. So their
depth is bounded when they come, but an operation tells its parent only where it has no neighbours. Otherwise it stands
where these stand, and those may have come long ago.

An operation directly under a root stands at depth 1, one in a shared value one deeper than that. Kept is the depth of every
shared value, and of the ranges of operations deeper than half the limit. What is in neither stands at most half deep, and is
taken to: so a depth is never too small, and too great by less than half the limit. Documents of half the depth always pass.

Only of what was collected, because what it stood in was removed, is the depth forgotten when a document is loaded again. It
may be thought too small then, and does not matter: what is put there is collected at once, and told to nobody as it came.
"""

from array import array
from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

import msgspec

from sync.documents.limits import Limits


class Depths:
    """Depths of ranges of one client's operations. Takes 12 bytes a range."""

    __slots__ = ("_depths", "_ends", "_starts")

    def __init__(self) -> None:
        self._starts, self._ends, self._depths = array("I"), array("I"), array("I")

    def add(self, start: int, end: int, depth: int) -> None:
        """Operations from clock `start` on, up to but without `end`, behind all that are here, stand at `depth`."""
        ends = self._ends
        assert not ends or ends[-1] <= start, "ranges are added in ascending order"
        if ends and ends[-1] == start and self._depths[-1] == depth:
            ends[-1] = end
            return
        self._starts.append(start)
        ends.append(end)
        self._depths.append(depth)

    def at(self, clock: int) -> int:
        """Depth of the operation at `clock`; 0 if it is in no range."""
        place = bisect_right(self._starts, clock) - 1
        return self._depths[place] if place >= 0 and clock < self._ends[place] else 0


class Placed(msgspec.Struct, frozen=True):
    """Where new operations stand.

    Attributes:
        shared: Depth of each new shared value, by client id and clock.
        deep: Ranges deeper than half the limit: client id, start, end, depth; in ascending order for each client.
    """

    shared: Mapping[tuple[int, int], int]
    deep: tuple[tuple[int, int, int, int], ...]


FLAT: Final = Placed({}, ())
"""No new shared value, and nothing deep."""


class Nesting:
    """Bounds of the depths of all operations of one document.

    Attributes:
        deepest: The limit: how deep a shared value may stand.
        half: How deep stands whatever is not known to stand elsewhere.
        shared: Depth of each shared value, those that were removed since it was loaded included.
        is_deep: Whether anything stands deeper than half the limit.
    """

    __slots__ = ("_deep", "deepest", "half", "is_deep", "shared")

    def __init__(self, limits: Limits) -> None:
        self.deepest: Final = limits.depth
        self.half: Final = max(1, limits.depth // 2)
        self.shared: Final[dict[tuple[int, int], int]] = {}
        self.is_deep = False
        self._deep: Final[dict[int, Depths]] = {}

    def depth(self, client: int, clock: int) -> int:
        """At most so deep stands an operation that is known."""
        found = self.shared.get((client, clock))
        if found is not None:
            return found
        ranges = self._deep.get(client)
        return self.half if ranges is None else ranges.at(clock) or self.half

    def run(self, client: int, start: int, end: int, depth: int) -> Placed:
        """New plain operations of one depth."""
        return FLAT if depth <= self.half else Placed({}, ((client, start, end, depth),))

    def learn(self, placed: Placed) -> None:
        """New operations have become known."""
        self.shared.update(placed.shared)
        for client, start, end, depth in placed.deep:
            self.is_deep = True
            if client not in self._deep:
                self._deep[client] = Depths()
            self._deep[client].add(start, end, depth)
