"""What taking an edit in costs, part by part: ``python -m loadtests.accept_path [--quick]``.

Small updates of twenty writers go through documents of 0, 1 000 and 5 000 entries the way their owner takes them: one to a
tick, twenty and two hundred. Printed is processor time in microseconds per update:

===========  ========================================================================================
floor        the same updates applied to a bare pycrdt document, each in a transaction of its own
together     the same, in one transaction a tick
guard        reading the bytes
shadow       trying the update, judging what it did, keeping it
right        whether the author may do that
live         bringing the tick to the live copy
record       the row of the journal, with the actions as text
whole        all of it as an owner runs it, with what readers are told; measured by itself, not summed
===========  ========================================================================================

Then the time to load a queue of 5 000 entries from its snapshot. Each figure is the lowest of several runs: whatever else
runs on the machine only ever adds to it.
"""

import argparse
import gc
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from pycrdt import Doc, Map

from hathor_rt.documents.effects import Record
from hathor_rt.documents.followed import told
from hathor_rt.documents.ports import Visitor
from hathor_rt.ids import DocumentName
from hathor_rt.storage.ports import JournalRow
from hathor_rt.timebase import StoredInstant
from loadtests.edits import CASES, VISITORS, Edits, Owner, client_of, queue_add
from loadtests.machine import load_average, machine
from sync.documents.familiar import Id, Summary
from sync.documents.free import inspect_free
from sync.documents.guard import inspect
from sync.documents.kind import Action
from sync.documents.nesting import FLAT
from sync.documents.replica import Replica
from sync.units import Micros

SIZES = (0, 1_000, 5_000)
TICKS = (1, 20, 200)
_RECEIVED = StoredInstant("boot", Micros(0), Micros(0))
_NAME = DocumentName("queue:r1")

Ticks = Sequence[Sequence[tuple[bytes, int]]]


@dataclass(frozen=True, slots=True)
class Costs:
    """Nanoseconds that all updates of a case took together, by part."""

    floor: int
    together: int
    guard: int
    shadow: int
    right: int
    live: int
    record: int
    whole: int

    @classmethod
    def lowest(cls, runs: Iterable["Costs"]) -> "Costs":
        """Part by part the lowest."""
        by_part = zip(*([getattr(run, each.name) for each in fields(cls)] for run in runs), strict=True)
        return cls(*(min(part) for part in by_part))

    def per_update(self, count: int) -> str:
        """As a row of the table, in microseconds."""
        return " ".join(f"{getattr(self, each.name) / count / 1000:8.1f}" for each in fields(self))


def measure(edits: Edits, own: Callable[[Replica], Owner], per_tick: int) -> Costs:
    """One run over all parts."""
    ticks = [edits.updates[at : at + per_tick] for at in range(0, len(edits.updates), per_tick)]
    guard = _guarding(edits)
    proposing, live, actions = _trying(edits.load(), ticks)
    owner = own(edits.load())
    writers = [writer for _, writer in edits.updates]
    right = _timed(lambda: _judge(owner, actions, writers))
    record = _timed(lambda: _record([update for update, _ in edits.updates], actions, VISITORS[0]))
    whole = _timed(lambda: _run(owner, ticks))
    owner.close()
    alone = [[each] for each in edits.updates]
    return Costs(_applying(edits, alone), _applying(edits, ticks), guard, proposing - guard, right, live, record, whole)


def load_nanoseconds(entries: int) -> int:
    """Loading a queue from the snapshot that its owner keeps."""
    first = queue_add(entries, 0).load()
    kept, kind, limits = first.snapshot()(), first.kind, first.limits
    first.close()
    opened: list[Replica] = []
    spent = _timed(lambda: opened.append(Replica.load(kind, kept, (), limits)))
    opened[0].close()
    return spent


# ── the parts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _timed(work: Callable[[], None]) -> int:
    gc.collect()
    began = time.thread_time_ns()
    work()
    return time.thread_time_ns() - began


def _applying(edits: Edits, ticks: Ticks) -> int:
    document: Doc[Map[object]] = Doc()
    for update in (edits.state, *(update for update, _ in edits.first)):
        document.apply_update(update)

    def apply() -> None:
        for tick in ticks:
            with document.transaction():
                for update, _ in tick:
                    document.apply_update(update)

    return _timed(apply)


def _guarding(edits: Edits) -> int:
    replica = edits.load()
    root = replica.kind.root
    clocks: dict[int, int] = dict(replica._clocks)  # noqa: SLF001  # what the replica itself hands to the guard
    maps: set[Id] = set(replica._maps)  # noqa: SLF001  # as above
    nesting = replica._nesting  # noqa: SLF001  # as above
    limits = replica.limits
    replica.close()

    def read(update: bytes, ids: frozenset[int]) -> Summary:
        if root is None:
            return inspect_free(update, limits, ids, clocks=clocks, nesting=nesting)
        return inspect(update, limits, ids, root=root, clocks=clocks, maps=maps)

    ids = [frozenset({client_of(writer)}) for writer in range(len(VISITORS))]

    def guard() -> None:
        for update, writer in edits.updates:
            summary = read(update, ids[writer])
            clocks.update(summary.ends)
            maps.update(summary.maps)
            if summary.placed is not FLAT:
                nesting.learn(summary.placed)

    return _timed(guard)


def _trying(replica: Replica, ticks: Ticks) -> tuple[int, int, list[tuple[Action, ...]]]:
    """Nanoseconds of proposing and accepting, of flushing, and the actions seen."""
    ids = [frozenset({client_of(writer)}) for writer in range(len(VISITORS))]
    actions: list[tuple[Action, ...]] = []
    proposing = flushing = 0
    gc.collect()
    for tick in ticks:
        began = time.thread_time_ns()
        for update, writer in tick:
            actions.append(replica.propose(update, ids[writer]).actions)
            replica.accept()
        tried = time.thread_time_ns()
        replica.flush()
        flushing += time.thread_time_ns() - tried
        proposing += tried - began
    replica.close()
    return proposing, flushing, actions


def _judge(owner: Owner, actions: Sequence[tuple[Action, ...]], writers: Sequence[int]) -> None:
    for each, writer in zip(actions, writers, strict=True):
        owner.judge(each, writer)


def _record(updates: Sequence[bytes], actions: Sequence[tuple[Action, ...]], visitor: Visitor) -> None:
    for number, (update, each) in enumerate(zip(updates, actions, strict=True)):
        kept = Record(_NAME, update, visitor.principal, visitor.device, told(each))
        JournalRow(kept.document, number, kept.update, kept.principal, kept.device, kept.actions, _RECEIVED)


def _run(owner: Owner, ticks: Ticks) -> None:
    for tick in ticks:
        for update, writer in tick:
            owner.take(update, writer)
        owner.finish()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer updates and runs, for a first look")
    is_quick = parser.parse_args().quick
    count, runs = (400, 1) if is_quick else (1_000, 3)
    print(f"{machine()}; {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load {load_average():.1f}")
    print(f"microseconds of processor time per update, {count} updates, lowest of {runs} runs\n")
    print(f"{'edit':16} {'entries':>8} {'a tick':>7} " + " ".join(f"{each.name:>8}" for each in fields(Costs)))
    for name, (make, own) in CASES.items():
        for size in SIZES:
            edits = make(size, count)
            for per_tick in TICKS:
                costs = Costs.lowest(measure(edits, own, per_tick) for _ in range(runs))
                print(f"{name:16} {size:8} {per_tick:7} {costs.per_update(count)}", flush=True)
    lowest = min(load_nanoseconds(5_000) for _ in range(2 * runs))
    print(f"\nloading a queue of 5000 entries from its snapshot: {lowest / 1e6:.1f} ms; load {load_average():.1f}")


if __name__ == "__main__":
    main()
