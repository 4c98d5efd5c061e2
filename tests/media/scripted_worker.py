"""A worker process without sound: does at once what the path of its assignment says. For tests of the pool.

``python -m tests.media.scripted_worker --scratch DIR``; paths: ``finish``, ``fail``, ``die``, ``hang``, ``babble``,
``hang-unless:<file>``.
"""

import os
import signal
import sys
import time
from pathlib import Path

from media.jobs import Measure, Separate, Work
from media.messages import Deframer, Failed, Measured, Progress, Ready, Report, Segmented, Separated, assignment, framed


def say(report: Report) -> None:
    os.write(1, framed(report))


def outcome_of(key: str, work: Work, scratch: Path) -> Report:
    scratch.mkdir(parents=True, exist_ok=True)
    made = scratch / key.replace("/", "-")
    made.write_text(key)
    if isinstance(work, Separate):
        made.unlink()
        stems = {stem: made.with_name(f"{made.name}-{stem}") for stem in ("drums", "vocals")}
        for path in stems.values():
            path.write_text(path.name)
        return Separated(key, 480_000, {stem: str(path) for stem, path in stems.items()})
    if isinstance(work, Measure):
        overview, detail, facts = (made.with_name(f"{made.name}-{part}") for part in ("overview", "detail", "facts"))
        for each in (overview, detail, facts):
            each.write_text(each.name)
        return Measured(key, 480_000, -14.0, -1.0, str(made), "", str(overview), str(detail), str(facts))
    return Segmented(key, str(made), len(key))


def main() -> None:
    scratch = Path(sys.argv[sys.argv.index("--scratch") + 1])
    say(Ready(os.getpid()))
    deframer = Deframer()
    while received := os.read(0, 65_536):
        for body in deframer.feed(received):
            wanted = assignment(body)
            what, _, marker = wanted.work.path.partition(":")
            if what == "hang" or (what == "hang-unless" and not Path(marker).exists()):
                say(Progress(wanted.key, 0.5))
                time.sleep(3600)  # noqa: TID251 - ends with the process
            elif what == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            elif what == "babble":
                os.write(1, b"Traceback (most recent call last)")
            elif what == "fail":
                say(Failed(wanted.key, "damaged-file", "not sound"))
            else:
                say(outcome_of(wanted.key, wanted.work, scratch))


if __name__ == "__main__":
    main()
