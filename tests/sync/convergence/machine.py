"""Any order of edits, deliveries, partitions, refusals, snapshots and deaths of the server; at its end all must agree.

Hypothesis chooses the steps and, when something is wrong, finds a short order of steps that shows it.
"""

from random import Random
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from sync.documents.guard import read_state_vector
from tests.sync.convergence.listener import Listener
from tests.sync.convergence.server import Server
from tests.sync.convergence.usages import Document, Usage

_LISTENERS = 3
_WHO = st.integers(0, _LISTENERS - 1)
_CHANCES = st.integers(0, 2**16).map(Random)


class ConvergenceMachine(RuleBasedStateMachine):
    """Everybody at one document of a kind. Subclasses say which."""

    usage: ClassVar[Usage]

    def __init__(self) -> None:
        super().__init__()
        self.chance = Random(0)
        self.server = Server(self.usage)
        self.listeners = [Listener(self.usage, 1 + number, self.server) for number in range(_LISTENERS)]
        self.authored = 0

    @rule(who=_WHO, chance=_CHANCES, times=st.integers(1, 4))
    def edit(self, who: int, chance: Random, times: int) -> None:
        for _ in range(times):
            self.listeners[who].edit(chance)

    @rule(who=_WHO, chance=_CHANCES)
    def trespass(self, who: int, chance: Random) -> None:
        self.listeners[who].trespass(chance)

    @rule(who=_WHO, times=st.integers(1, 2))
    def send(self, who: int, times: int) -> None:
        self.listeners[who].send(self.server, times)

    @rule()
    def tick(self) -> None:
        self.tell(self.server.tick())

    @rule(chance=_CHANCES)
    def author(self, chance: Random) -> None:
        self.tick()
        self.authored += 1
        self.tell(self.server.author(self.usage.author(chance, f"s{self.authored}")))

    @rule(who=_WHO, chance=_CHANCES)
    def hear(self, who: int, chance: Random) -> None:
        self.listeners[who].hear(chance)

    @rule(who=_WHO)
    def lose_connection(self, who: int) -> None:
        self.listeners[who].lose_connection()

    @rule(who=_WHO)
    def reconnect(self, who: int) -> None:
        self.listeners[who].reconnect(self.server)

    @rule()
    def begin_snapshot(self) -> None:
        self.tick()
        self.server.begin_snapshot()

    @rule()
    def end_snapshot(self) -> None:
        self.server.end_snapshot()

    @rule()
    def crash(self) -> None:
        self.server.crash()
        for listener in self.listeners:
            listener.lose_connection()

    def tell(self, updates: list[bytes]) -> None:
        """Send what was published to everybody who is there."""
        for listener in self.listeners:
            if listener.is_connected:
                listener.inbox += updates

    def teardown(self) -> None:
        """Let everybody come back, twice: to give and to take."""
        for _ in range(2):
            for listener in self.listeners:
                listener.reconnect(self.server)
            self.tick()
        self.server.end_snapshot()
        self.check()
        self.server.replica.close()

    def check(self) -> None:
        """All replicas, the live document, the shadow and its view, and every way to load it are equal."""
        server = self.server.replica
        vector = read_state_vector(server.state_vector(), server.limits)
        # What was committed is all there is, in whatever order it comes. A second time in its own order, because the engine
        # takes some of what waited for its predecessor only together with the next update (seen with pycrdt 0.14.13).
        truth, rows = Document(), self.server.rows
        for row in (*Random(len(rows)).sample(rows, len(rows)), *rows):
            truth.apply_update(row)
        shown = self.usage.read(truth)
        live = Document()
        live.apply_update(server.state())
        assert self.usage.read(live) == shown
        assert self.usage.seen(server) == shown
        for listener in self.listeners:
            assert self.usage.read(listener.doc) == shown
            assert read_state_vector(listener.doc.get_state(), server.limits) == vector
            assert not server.propose(listener.doc.get_update(), frozenset()).has_effect
        self.server.check_loads()
