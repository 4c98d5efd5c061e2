import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.documents import playlist, queue
from sync.documents.playlist import PLAYLIST
from sync.documents.queue import QUEUE, add, move, remove
from sync.documents.replica import Replica, ReplicaBroken
from sync.documents.stored import Digest, StoredState
from sync.refusal import MalformedUpdate, SchemaViolation
from tests.sync.documents.peers import Peer, entry, filled, names

DIGEST = Digest(
    frozenset({(7, 0), (7, 5), (2**31 - 1, 3)}),
    frozenset({"e0", "gone"}),
    {"e0": {"track": "t1", "added_by": "p1", "order": "V", "added_at": 2**52}},
)
STATE = b"\x01\x01\x07\x00\x00"


def test_a_state_comes_back_with_its_digest() -> None:
    stored = StoredState(STATE, DIGEST)
    assert StoredState.unpack(stored.pack()) == stored


def test_a_state_alone_stays_as_it_is() -> None:
    for state in (STATE, b"\x00\x00", b""):
        assert StoredState(state, None).pack() == state
        assert StoredState.unpack(state) == StoredState(state, None)


def test_the_layout_begins_as_it_is_written_down() -> None:
    packed = StoredState(STATE, DIGEST).pack()
    assert packed[:3] == b"\x00\x00\x01"
    assert packed.endswith(STATE)
    assert int.from_bytes(packed[3:7], "little") == len(packed) - 11 - len(STATE)


@pytest.mark.parametrize("at", range(2, 40))
def test_no_damage_goes_unnoticed(at: int) -> None:
    packed = bytearray(StoredState(STATE, DIGEST).pack())
    packed[at] ^= 0x10
    with pytest.raises(MalformedUpdate):
        StoredState.unpack(bytes(packed))


def test_what_is_cut_off_is_refused() -> None:
    packed = StoredState(STATE, DIGEST).pack()
    for end in range(12, len(packed)):
        with pytest.raises(MalformedUpdate):
            StoredState.unpack(packed[:end])


# ── snapshots of replicas ────────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.sampled_from(["add", "move", "remove"]), max_size=30), st.integers(0, 30))
def test_a_snapshot_loads_to_what_reading_the_state_gives(steps: list[str], cut: int) -> None:
    replica, later, kept, added = filled(3), list[bytes](), b"", 0
    first = replica.state()
    for step, did in enumerate([*steps, "end"]):
        if step == min(cut, len(steps)):
            kept = replica.snapshot()()
            later.clear()
        present = [each.entry for each in queue.entries(replica)]
        if did == "add":
            added += 1
            later.append(replica.author(add(entry(f"n{added}"))) or b"")
        elif did != "end" and present:
            edit = move({present[0]: f"B{step}x"}) if did == "move" else remove(present[-1])
            later.append(replica.author(edit) or b"")
    loaded, read = Replica.load(QUEUE, kept, later), Replica.load(QUEUE, replica.state(), [])
    again = Replica.load(QUEUE, replica.snapshot()(), [])
    for each in (loaded, read, again):
        assert queue.entries(each) == queue.entries(replica)
        assert each.state_vector() == replica.state_vector()
        # An id that was used stays used, also for one who knows of neither its use nor its removal.
        for used in ("e0", "e1", "e2", *(f"n{number + 1}" for number in range(added))):
            with pytest.raises(SchemaViolation, match="is taken"):
                each.propose(Peer(7).edit(add(entry(used))), frozenset({7}))
        # Nested maps are known as such, removed ones too: what is put into one is legal, whatever became of it.
        late = Peer(7, first)
        proposal = each.propose(late.edit(move({"e0": "Zx", "e1": "Zy", "e2": "Zz"})), late.ids)
        assert {action.did for action in proposal.actions} <= {"moved"}
        each.close()
    replica.close()


def test_a_snapshot_tells_what_was_there_when_it_was_taken() -> None:
    replica = filled(3)
    make = replica.snapshot()
    replica.author(add(entry("n1")))
    replica.author(remove("e0"))
    loaded = Replica.load(QUEUE, make(), [])
    assert names(loaded) == ["e0", "e1", "e2"]
    assert make() == make()
    loaded.close()
    replica.close()


def test_a_snapshot_is_not_made_of_what_others_were_not_told() -> None:
    replica = filled(1)
    replica.propose(Peer(7).edit(add(entry("n1"))), frozenset({7}))
    replica.accept()
    with pytest.raises(AssertionError):
        replica.snapshot()
    replica.close()


def test_a_damaged_snapshot_breaks_the_replica() -> None:
    replica = filled(3)
    kept = bytearray(replica.snapshot()())
    for at in (2, 6, 30, len(kept) - 1):
        damaged = bytearray(kept)
        damaged[at] ^= 1
        with pytest.raises(ReplicaBroken):
            Replica.load(QUEUE, bytes(damaged), [])
    replica.close()


def test_a_snapshot_of_a_playlist_keeps_what_it_says_of_itself() -> None:
    replica = Replica(PLAYLIST)
    for edit in (
        playlist.describe(playlist.About("Friday", "Slow ones")),
        add(entry("n1"), entry("n2", "a5")),
        playlist.note("n2", "mind the end"),
    ):
        replica.author(edit)
    loaded = Replica.load(PLAYLIST, replica.snapshot()(), [])
    assert playlist.about(loaded) == playlist.about(replica)
    assert playlist.entries(loaded) == playlist.entries(replica)
    assert [each.note for each in playlist.entries(loaded)].count("mind the end") == 1
    loaded.close()
    replica.close()
