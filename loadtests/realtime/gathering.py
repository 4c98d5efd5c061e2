"""A server, a crowd and writers in one document, and runs of them: what every scenario is made of."""

import gc
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from loadtests.realtime.arrivals import Latencies, latencies, percentile, unseen
from loadtests.realtime.client import Client
from loadtests.realtime.conditions import Window
from loadtests.realtime.convergence import Verdict, verify
from loadtests.realtime.crowd import Crowd
from loadtests.realtime.servers import Running, Server
from loadtests.realtime.table import milliseconds, number
from loadtests.realtime.writers import Writer

_DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run in figures.

    Attributes:
        offered: Updates that were due in each second.
        sent: Updates that the sockets took.
        deliveries: Updates sent, times the other clients.
        latencies: Of the clients that were watched.
        window: What it cost, until the last delivery came or was given up.
        delivering: Seconds from the first update that was due to the last watched delivery.
        unseen: What the generator itself adds to the p99 at most, seconds: how long frames lay there before it looked.
    """

    offered: float
    sent: int
    left_out: int
    deliveries: int
    latencies: Latencies
    window: Window
    delivering: float
    unseen: float

    @property
    def accepted(self) -> float:
        """Share of the offered updates that the sockets took, 0..1."""
        return self.sent / max(1, self.sent + self.left_out)

    @property
    def deliveries_per_second(self) -> float:
        """Over the time until the last one."""
        return self.deliveries / self.delivering

    @property
    def micros_per_delivery(self) -> float:
        """Processor time of the server for one delivery, microseconds."""
        return 1e6 * self.window.server / max(1, self.deliveries)

    @property
    def p99(self) -> float:
        """Of the deliveries, seconds."""
        return percentile(self.latencies.seconds, 99)

    def quantiles(self) -> str:
        """p50 / p95 / p99 in milliseconds, and what never came."""
        missing = f", {len(self.latencies.missing)} missing" if len(self.latencies.missing) else ""
        return milliseconds(*(percentile(self.latencies.seconds, each) for each in (50, 95, 99))) + missing

    def load(self) -> str:
        """Shares of time: the server on its core and kept from it, the generator on its own; and for how long it did not look."""
        window = self.window
        warning = " **(limit)**" if window.is_bound_by_generator else ""
        server = f"{window.server / window.seconds:.0%} + {window.waited / window.seconds:.0%}"
        return f"{server}; {window.generator:.0%}, {milliseconds(self.unseen)} ms{warning}"


@dataclass(frozen=True, slots=True)
class Gathering:
    """All of them, joined and synced. The last clients are watched: they keep all that comes."""

    running: Running
    crowd: Crowd
    writers: Sequence[Writer]
    watched: Sequence[Client]

    def run(self, per_second: float, seconds: float, watched: Sequence[Client] | None = None) -> Outcome:
        """Send at this rate, all writers together, and wait until everything has come or some seconds have passed.

        Args:
            per_second: Updates.
            seconds: For how long; waiting comes on top.
            watched: Whose deliveries are judged, if not those of the clients that are watched always. They must keep.
        """
        watched = self.watched if watched is None else watched
        kept = [(client, len(client.chunks)) for client in watched]
        with _undisturbed():
            window = Window(self.running)
            sending = self.crowd.write(self.writers, per_second, seconds)
            for client, mark in kept:
                expected = (each.newest_value for each in self.writers if each.bursts and each.client is not client)
                client.wait_for(expected, since=mark)
            self.crowd.pump(_DRAIN_SECONDS, lambda: not any(client.waits_for for client in watched))
            window.close()
        found = latencies(kept, {writer: writer.bursts for writer in self.writers})
        sent = sum(each.end - each.first for writer in self.writers for each in writer.bursts)
        last = float(found.arrivals.max()) if len(found.arrivals) else time.perf_counter()
        outcome = Outcome(
            per_second,
            sent,
            sum(writer.left_out for writer in self.writers),
            sent * (len(self.crowd.clients) - 1),
            found,
            window,
            max(last, sending.ended) - sending.began,
            unseen(sending.looks, 99),
        )
        _tell(outcome)
        return outcome

    def verify(self) -> Verdict:
        """Whether everybody has the same in the end."""
        return verify(self.crowd, self.writers)


@contextmanager
def gathered(
    server: Server, clients: int, *, writers: int = 20, value_bytes: int, watched: int = 10
) -> Iterator[Gathering]:
    """Start a server, let the crowd in. `value_bytes`: length of every value that is set."""
    assert writers + watched <= clients
    with server.running() as running:
        crowd = Crowd(running.address, running.dialect, f"bench{time.time_ns()}")
        try:
            joined = crowd.join(clients)
            for client in joined[:-watched]:
                client.forget()
            authors = [
                Writer(client, index, running.dialect, crowd.document, value_bytes)
                for index, client in enumerate(joined[:writers])
            ]
            yield Gathering(running, crowd, authors, joined[-watched:])
        finally:
            crowd.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """The interpreter collects no garbage meanwhile: it would stop reading for as long."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _tell(outcome: Outcome) -> None:
    print(
        f"  {number(outcome.offered)}/s: {outcome.accepted:.0%} taken, {number(outcome.deliveries_per_second)} deliveries/s, "
        f"{number(outcome.micros_per_delivery)} µs each, p50/95/99 {outcome.quantiles()} ms, {outcome.load()}",
        file=sys.stderr,
        flush=True,
    )
