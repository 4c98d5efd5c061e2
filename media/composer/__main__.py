"""``python -m media.composer FOLDER``: make the demo library, one line per song."""

import argparse
import sys
import time
from pathlib import Path

from media.composer.library import Progress, render_library


def main(arguments: list[str]) -> int:
    """Run with the words after the command; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m media.composer", description="Compose the demo library into a folder."
    )
    parser.add_argument("folder", type=Path, help="where the FLAC files go; made if it is missing")
    folder: Path = parser.parse_args(arguments).folder
    began = time.monotonic()

    def say(progress: Progress) -> None:
        state = "already there" if progress.was_there else f"composed after {time.monotonic() - began:.0f} s"
        sys.stdout.write(f"[{progress.done}/{progress.total}] {progress.path.name}: {state}\n")
        sys.stdout.flush()

    render_library(folder, on_progress=say)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
