"""What a scenario is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from loadtests.realtime.servers import Server
from loadtests.realtime.table import Row

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of it: everything, or a second or two with few clients, which shows that it works and measures nothing."""

    is_quick: bool = False

    def pick(self, whole: _Value, quick: _Value) -> _Value:
        """`whole`, or `quick`."""
        return quick if self.is_quick else whole


@dataclass(frozen=True, slots=True)
class Scenario:
    """A question to servers.

    Attributes:
        title: The question.
        columns: Of its table; the first one is the server.
        rows: Starts a server, asks it and answers with rows that lack the first cell. The last cell says whether
            the clients ended with the same; it begins with `BAD` if not.
        floor: Rows beside those of the servers, the first cell included: what none of them can be below.
    """

    title: str
    columns: tuple[str, ...]
    rows: Callable[[Server, Effort], list[Row]]
    floor: Callable[[Effort], list[Row]] = lambda effort: []
