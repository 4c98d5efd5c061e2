"""Documents as a whole: everybody ends up with the same, whatever the network and the neighbours do."""

import json
from functools import partial
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from pycrdt import TransactionEvent

from sync.documents import playback, queue
from sync.documents.guard import read_state_vector
from sync.documents.kinds import KINDS
from sync.documents.playback import PLAYBACK
from sync.documents.queue import QUEUE
from sync.documents.replica import Replica
from sync.refusal import Refusal
from tests.sync.convergence.machine import ConvergenceMachine
from tests.sync.convergence.usages import USAGES, Document, Usage
from tests.sync.documents.peers import Peer, filled, names
from tests.sync.documents.updates import RandomUpdates, damaged
from tests.vectors import make_documents

# ── convergence ──────────────────────────────────────────────────────────────────────────────────────────────────────


def name_of(usage: object) -> str:
    assert isinstance(usage, Usage)
    return usage.kind.name


@pytest.mark.slow
@pytest.mark.parametrize("usage", USAGES, ids=name_of)
def test_everybody_ends_with_the_same_document_whatever_happens_to_network_and_server(usage: Usage) -> None:
    machine = type("Machine", (ConvergenceMachine,), {"usage": usage})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            derandomize=True,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_there_is_a_usage_of_every_kind() -> None:
    assert {usage.kind for usage in USAGES} == set(KINDS.values())


# ── hostile updates ──────────────────────────────────────────────────────────────────────────────────────────────────


def honest_updates(usage: Usage, replica: Replica) -> list[bytes]:
    """What one client makes, piece by piece and as a whole."""
    doc, chance, made = Document(client_id=7), Random(7), list[bytes]()
    doc.apply_update(replica.state())

    def note(event: TransactionEvent) -> None:
        made.append(event.update)

    subscription = doc.observe(note)
    for number in range(12):
        with doc.transaction():
            usage.edit(doc, chance, f"n{number}")
    doc.unobserve(subscription)
    return [*made, doc.get_update(replica.state_vector()), doc.get_update()]


def attack(usage: Usage, replica: Replica, update: bytes, chance: Random) -> Replica:
    """Send `update`; whatever becomes of it, live copy, shadow, view and a fresh load agree."""
    seen = partial(_seen, usage)
    before = (replica.state(), seen(replica))
    try:
        proposal = replica.propose(update, frozenset({7, 8}))
    except Refusal:
        assert (replica.state(), seen(replica)) == before
        return replica
    if not proposal.has_effect or chance.random() < 0.3:
        replica.discard()
        assert (replica.state(), seen(replica)) == before
        return replica
    replica.accept()
    told = replica.flush()
    assert told is not None
    again = Replica.load(usage.kind, before[0], [told], usage.limits)
    fresh = Replica.load(usage.kind, replica.state(), [], usage.limits)
    vectors = [read_state_vector(each.state_vector(), each.limits) for each in (replica, again, fresh)]
    assert vectors[0] == vectors[1] == vectors[2]
    assert seen(again) == seen(fresh) == seen(replica)
    for one, other in ((again, replica), (replica, fresh)):
        assert not one.propose(other.state(), frozenset()).has_effect
        assert not other.propose(one.state(), frozenset()).has_effect
    again.close()
    # Half of the attacks meet a replica with a past, half a fresh one.
    if chance.random() < 0.5:
        fresh.close()
        return replica
    replica.close()
    return fresh


def _seen(usage: Usage, replica: Replica) -> object:
    # A free-form document may be attacked into something that has no map, array or text where a usage looks for them.
    return None if usage.kind.root is None else usage.seen(replica)


def begun(usage: Usage) -> Replica:
    replica, edit = Replica(usage.kind, usage.limits), usage.begin()
    if edit is not None:
        replica.author(edit)
    return replica


@pytest.mark.slow
@pytest.mark.parametrize("usage", USAGES, ids=name_of)
@pytest.mark.parametrize("seed", range(2))
def test_damaged_updates_are_refused_or_harmless(seed: int, usage: Usage) -> None:
    chance = Random(seed)
    replica = begun(usage)
    seeds = honest_updates(usage, replica) + honest_updates(USAGES[0], filled(6))
    for _ in range(500):
        replica = attack(usage, replica, damaged(chance, seeds), chance)
    replica.close()


@pytest.mark.slow
@pytest.mark.parametrize("usage", USAGES, ids=name_of)
@pytest.mark.parametrize("seed", range(2))
def test_wellformed_nonsense_is_refused_or_harmless(seed: int, usage: Usage) -> None:
    chance = Random(seed)
    nonsense = RandomUpdates(seed, [7, 8], usage.kind.root or "m")
    replica = begun(usage)
    for _ in range(500):
        clocks = read_state_vector(replica.state_vector(), replica.limits)
        replica = attack(usage, replica, nonsense.next(clocks), chance)
    replica.close()


def test_deleting_everything_is_seen_as_what_it_is() -> None:
    replica = filled(50)
    vandal = Peer(7, replica.state())
    proposal = replica.propose(vandal.edit(lambda root: root.clear()), vandal.ids)
    assert len(proposal.actions) == 50
    assert {action.did for action in proposal.actions} == {"removed"}
    replica.discard()
    assert len(names(replica)) == 50
    assert len(names(Replica.load(QUEUE, replica.state(), []))) == 50
    replica.close()


# ── the other engine ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_updates_of_yjs_are_read() -> None:
    vectors = json.loads(make_documents.YJS_PATH.read_text())
    replica = Replica(QUEUE)
    for step in vectors["steps"]:
        replica.propose(bytes.fromhex(step["update"]), frozenset({vectors["client_id"]}))
        replica.accept()
        replica.flush()
        rows = [[each.entry, each.track, each.added_by, each.order, each.added_at] for each in queue.entries(replica)]
        assert rows == step["rows"]
    assert not replica.propose(bytes.fromhex(vectors["state"]), frozenset()).has_effect
    assert read_state_vector(replica.state_vector(), replica.limits) == read_state_vector(
        bytes.fromhex(vectors["state_vector"]), replica.limits
    )
    whole = Replica(QUEUE)
    whole.propose(bytes.fromhex(vectors["state"]), frozenset({vectors["client_id"]}))
    whole.accept()
    assert queue.entries(whole) == queue.entries(replica)
    whole.close()
    replica.close()


def test_updates_of_this_engine_are_what_the_vectors_say() -> None:
    """Maps have no order in the engine, so fields may be written in another one: contents are compared."""
    vectors = json.loads(make_documents.PYCRDT_PATH.read_text())
    replica = Replica.load(QUEUE, b"", [bytes.fromhex(step["update"]) for step in vectors["queue"]])
    rows = [[each.entry, each.track, each.added_by, each.order, each.added_at] for each in queue.entries(replica)]
    assert rows == vectors["queue"][-1]["rows"]
    transport = Replica.load(PLAYBACK, bytes.fromhex(vectors["playback"]["state"]), [])
    assert playback.transport(transport) == vectors["playback"]["transport"] == make_documents.TRANSPORT
    transport.close()
    replica.close()
