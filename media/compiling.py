"""``python -m media.compiling FOLDER``: compile what bent renditions need into FOLDER, in a process of its own.

The first time ever this takes 12 s of a processor, most of it under the lock of the interpreter: done inside a worker, it would
hold up the first plain segments. So a worker starts this process instead, which has the lowest of all claims to the processor
and ends when its standard input does, that is with its worker at the latest. Of several at once one compiles.
"""

import fcntl
import os
import subprocess
import sys
import threading  # noqa: TID251 - this process has no event loop; the thread only waits for the end of standard input
from pathlib import Path
from typing import Final

# On top of the worker's own.
_NICENESS: Final = 10


def compile_bends(folder: Path) -> bool:
    """Have everything compiled that is not yet, waiting for as long as that takes; whether it is now."""
    from media.spans.warm_up import stamp

    if stamp(folder).exists():
        return True
    command = [sys.executable, "-P", "-m", "media.compiling", str(folder)]
    # The pipe is what tells the process that we are gone.
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own module
        status = process.wait()
    return status == 0


def main() -> None:
    """Compile, unless another process has by now."""
    folder = Path(sys.argv[1])
    threading.Thread(target=_end_with_input, daemon=True).start()
    os.nice(_NICENESS)
    import numba

    from media.kernel_folder import kernel_folder, remove_outdated

    # Must be set before the first kernel is defined, hence the imports inside this function.
    numba.config.CACHE_DIR = str(kernel_folder(folder))  # type: ignore[attr-defined]  # numba fills its config at run time
    from media.spans.warm_up import stamp, warm_up

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "compiling.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp(folder).exists():
            warm_up()
            for outdated in folder.glob("bends-*"):
                outdated.unlink(missing_ok=True)
            remove_outdated(folder)
            stamp(folder).touch()


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
