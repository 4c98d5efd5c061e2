"""The one way loops over samples are compiled to machine code."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


def compiled(loop: Callable[Arguments, Value]) -> Callable[Arguments, Value]:
    """Compile `loop` with numba on its first call and keep the machine code in numba's cache folder.

    No `fastmath` and no threads, so the same input gives the same numbers on every run. The lock of the interpreter is
    released while it runs. The signature is kept, because numba tells mypy nothing.

    numba compiles a loop anew when the file it stands in changes, not when that of a loop it calls does. Workers keep machine
    code by the state of all files (`media/kernel_folder.py`); what tests and benchmarks keep in ``__pycache__`` is to be removed
    by whoever changes a loop that others call.
    """
    return cast("Callable[Arguments, Value]", numba.njit(cache=True, nogil=True)(loop))
