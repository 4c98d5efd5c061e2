import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hathor_rt.ids import DocumentName
from hathor_rt.storage.sql.opening import open_sql
from tests.conformance.storage_suite import DocumentSuite


class TestSqlDocuments(DocumentSuite):
    pass


# Ten documents are written at once, and what is acknowledged is told at once, unbuffered.
_WRITING = """
import json, os, pathlib, sys, trio
from hathor_rt.ids import DocumentName
from hathor_rt.storage.sql.opening import open_sql
from tests.conformance.records import ROOM, row

async def write(storage, number):
    name = DocumentName(f"queue:{number}")
    sequence = (await storage.documents.load(name)).through + len((await storage.documents.load(name)).updates)
    while True:
        sequence += 1
        await storage.documents.append([row(sequence, document=name)], room=ROOM, term=1)
        if sequence % 20 == 0:
            await storage.documents.save_snapshot(name, b"s" * sequence, sequence, room=ROOM, term=1)
            await storage.documents.retire(limit=13)
        os.write(1, (json.dumps([name, sequence]) + "\\n").encode())

async def main():
    async with open_sql(sys.argv[1], pathlib.Path(sys.argv[2])) as storage, trio.open_nursery() as nursery:
        for number in range(10):
            nursery.start_soon(write, storage, number)

trio.run(main)
"""


def _write_until_killed(url: str, folder: Path, acknowledgements: int) -> dict[str, int]:
    """The last acknowledged sequence number of each document."""
    with subprocess.Popen([sys.executable, "-c", _WRITING, url, str(folder)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(acknowledgements)]
        child.send_signal(signal.SIGKILL)
        # What it had told before the signal struck counts, too; a line cut short was not told.
        lines += child.stdout.read().splitlines(keepends=True)
    assert child.returncode == -signal.SIGKILL, "it ended by itself"
    told: dict[str, int] = {}
    for line in lines:
        if line.endswith(b"\n"):
            name, sequence = json.loads(line)
            told[name] = max(told.get(name, 0), sequence)
    return told


@pytest.mark.slow
async def test_what_was_acknowledged_outlives_the_kill_of_the_process(database_url: str, tmp_path: Path) -> None:
    for acknowledgements in (1, 150, 400):
        told = _write_until_killed(database_url, tmp_path, acknowledgements)
        assert sum(told.values()) >= acknowledgements
        async with open_sql(database_url, tmp_path) as storage:
            for name, sequence in told.items():
                rows = await storage.documents.history(DocumentName(name), limit=100_000)
                # Everything acknowledged, no gap, and at most the one that was under way.
                assert [each.sequence for each in rows] == list(range(1, len(rows) + 1))
                assert sequence <= len(rows) <= sequence + 1
                kept = await storage.documents.load(DocumentName(name))
                assert kept.through + len(kept.updates) == len(rows)
