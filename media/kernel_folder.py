"""Where machine code is kept: a folder for each state of our code, of numba and of the processor.

numba looks at the file of a loop alone when it decides whether what it kept is still good, not at the files of the loops it
calls: after an upgrade, old and new ones would be mixed. So another state of any of our files is another folder.
"""

import hashlib
import shutil
import time
from functools import cache
from pathlib import Path
from typing import Final

import llvmlite.binding
import numba

_MEDIA: Final = Path(__file__).parent
_PREFIX: Final = "kernels-"
# A server of another version may still use the same folder; what lay idle for so long is nobody's.
_KEPT_SECONDS: Final = 7 * 86_400


@cache
def code_state() -> str:
    """16 hex digits for all of our code, this numba and this processor."""
    state = hashlib.blake2b(digest_size=8)
    for path in sorted(_MEDIA.rglob("*.py")):
        status = path.stat()
        state.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    state.update(f"{numba.__version__} {llvmlite.binding.get_host_cpu_name()}".encode())
    return state.hexdigest()


def kernel_folder(folder: Path) -> Path:
    """The folder in `folder` for what numba keeps now; it need not exist."""
    return folder / (_PREFIX + code_state())


def remove_outdated(folder: Path) -> None:
    """Take away what earlier states left in `folder` a week ago or longer, and what was kept before there were states."""
    current = kernel_folder(folder)
    for path in folder.iterdir():
        is_idle = time.time() - path.stat().st_mtime > _KEPT_SECONDS
        if path.is_dir() and path != current and (is_idle or not path.name.startswith(_PREFIX)):
            shutil.rmtree(path, ignore_errors=True)
