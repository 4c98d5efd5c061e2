"""Hostile clients and sudden deaths, at length: ``python -m loadtests.fuzz [--rounds 10] [--kills 50] [--seed N]``.

Each round sends some 10 000 damaged updates and every other attack many times to a real server process; between attacks two
honest clients in the same room must still be served. Then the server is killed while people edit. At last every damaged sound
file of `tests/media/damage.py` goes through a media worker. Ends with a table, or with the first harm that was done and the
seed that does it again.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from random import SystemRandom
from typing import Final

import trio

from loadtests.fuzz.crash import crashes
from loadtests.fuzz.damaged_sound import endure
from loadtests.fuzz.field import Broken
from loadtests.fuzz.siege import UNMETERED, siege
from loadtests.insync.report import machine
from tests.end_to_end.server_process import ServerProcess
from tests.media.damage import corpus
from tests.media.test_worker import Worker

_DEMO: Final = Path(__file__).parent.parent.parent / "var" / "demo"
_COUNTS: Final = {
    "damaged updates": 10_000,
    "senseless updates": 2_000,
    "bombs": 5,
    "updates that wait for ever": 20,
    "taking everything away": 5,
    "garbage messages": 300,
    "state vectors": 20,
    "huge messages": 3,
    "half-open connections": 10,
    "raw noise": 100,
    "forged presence": 5,
    "presence flood": 200,
}
_MOST_MEGABYTES: Final = 64.0


async def _run(server: ServerProcess, rounds: int, kills: int, seed: int) -> None:
    for number in range(rounds):
        for line in await siege(server, _COUNTS, seed=seed + number, most_megabytes=_MOST_MEGABYTES):
            print(f"| {line.attack} | {line.count} | {line.megabytes:+.1f} |", flush=True)
    endured = await crashes(server, kills, seed)
    print(f"\n{endured.kills} sudden deaths: {endured.acknowledged} acknowledged edits, none missing, replicas equal.")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.fuzz", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of all attacks")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None, help="of everything left to chance; printed if not given")
    arguments = parser.parse_args()
    seed = SystemRandom().randrange(2**31) if arguments.seed is None else arguments.seed
    print(f"Seed {seed}; {machine()}.\n\n| attack | times | memory, MB |\n|---|---|---|", flush=True)
    subprocess.run([sys.executable, "-m", "media.composer", str(_DEMO)], check=True, capture_output=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        data = Path(name) / "data"
        data.mkdir()
        (data / "demo").symlink_to(_DEMO, target_is_directory=True)
        server = ServerProcess(data, **UNMETERED)  # type: ignore[arg-type]  # settings, none of them named like a parameter
        server.command("library", "demo")
        server.start()
        try:
            trio.run(_run, server, arguments.rounds, arguments.kills, seed)
        except* Broken as broken:
            sys.exit(f"seed {seed}: {broken.exceptions[0]}\n{server.log()[-4000:]}")
        finally:
            server.stop()
        sound = Path(name) / "sound"
        sound.mkdir()
        _damage_sound(sound)


def _damage_sound(folder: Path) -> None:
    worker = Worker(folder, folder / "compiled")
    try:
        worker.next_report()
        outcomes = endure(corpus(folder), worker.ask, worker.process.pid, folder / "files")
    except AssertionError as broken:
        sys.exit(f"damaged sound: {broken}")
    finally:
        worker.close()
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    print(f"\n{outcomes.total()} damaged sound files: {told}; one worker did them all.")


if __name__ == "__main__":
    main()
