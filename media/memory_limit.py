"""A bound of what the running process may still ask the system for. Linux."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def limited_memory(more_bytes: int) -> Iterator[None]:
    """Inside, `more_bytes` of address space can be had beyond what is there now; what asks for more gets a MemoryError.

    Libraries that do not ask Python for memory report the same in their own way. A lower hard limit stays as it is.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + more_bytes
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        # Whoever raised it inside, for a GPU's driver that maps far more than it uses, needs that afterwards, too.
        if resource.getrlimit(resource.RLIMIT_AS)[0] == limit:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
