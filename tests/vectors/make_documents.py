"""Makes ``documents_order.json`` and ``documents_pycrdt.json``, shared with the TypeScript client.

Run ``python -m tests.vectors.make_documents``. ``documents_yjs.json``, the same the other way round, comes from
``node tests/vectors/make_documents.cjs``: updates that Yjs made.
"""

import json
from pathlib import Path

from sync.documents import order, playback, queue
from sync.documents.plain import Plain
from sync.documents.playback import PLAYBACK
from sync.documents.queue import QUEUE, QueueEntry
from sync.documents.replica import Replica
from sync.units import Micros

FOLDER = Path(__file__).parent
ORDER_PATH = FOLDER / "documents_order.json"
PYCRDT_PATH = FOLDER / "documents_pycrdt.json"
YJS_PATH = FOLDER / "documents_yjs.json"

BOUNDS: tuple[tuple[str | None, str | None], ...] = (
    (None, None), ("V0000abcd", None), (None, "V0000abcd"), ("V0000abcd", "V0001abcd"), ("V0000abcd", "V0000abce"),
    ("V1", "V2"), ("A", "A001"), ("zzzzz", None), ("zzzzzz", None), (None, "000001"), (None, "00001"), ("1", "z"),
    ("V1z", "V2"), ("V1zz", "V2"), ("a", "b"), ("a", "a1"), ("Zz", "a"),
)  # fmt: skip
RUNS = (["e1"], ["ab0"], ["x0"], ["0"], ["e1", "e2"], [f"r{index:02d}" for index in range(40)])

TRANSPORT: dict[str, Plain] = {
    "revision": 7,
    "status": "playing",
    "boundary_at": None,
    "anchor": {"at": 1_732_098_765_123_456, "position": -3},
}


def make_order() -> str:
    """Content of ``documents_order.json``: bounds, ids, keys; and what is a key."""
    runs = [
        {"left": left, "right": right, "entries": entries, "keys": order.run(left, right, entries)}
        for left, right in BOUNDS
        for entries in RUNS
    ]
    texts = ["", "0", "V0", "V1", "V-", "é", "z", "000001", " a", "a\n"]
    return json.dumps({"runs": runs, "is_key": {text: order.is_key(text) for text in texts}}, indent=1) + "\n"


def make_pycrdt() -> str:
    """Content of ``documents_pycrdt.json``: updates of this engine, and the rows that stand after each."""
    replica = Replica(QUEUE)
    steps = []
    names = ["a1", "b2", "c3"]
    new = [
        QueueEntry(name, f"t{name}", "p1", key, Micros(1_732_098_765_123_456))
        for name, key in zip(names, order.run(None, None, names), strict=True)
    ]
    for edit in (queue.add(*new), queue.move({"a1": "zz"}), queue.remove("b2"), queue.move({"c3": "zz", "a1": "zz"})):
        made = replica.author(edit)
        assert made is not None
        rows = [[each.entry, each.track, each.added_by, each.order, each.added_at] for each in queue.entries(replica)]
        steps.append({"update": made.hex(), "rows": rows})
    transport = Replica(PLAYBACK)
    transport.author(playback.write_transport(TRANSPORT))
    content = {"queue": steps, "playback": {"state": transport.state().hex(), "transport": TRANSPORT}}
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    ORDER_PATH.write_text(make_order())
    PYCRDT_PATH.write_text(make_pycrdt())
