"""Opening the thread-free engine."""

import random
import secrets

from hathor_rt.storage.memory.documents import MemoryDocuments
from hathor_rt.storage.memory.jobs import MemoryJobs
from hathor_rt.storage.memory.leases import MemoryLeases
from hathor_rt.storage.memory.principals import MemoryPrincipals
from hathor_rt.storage.memory.rooms import MemoryRooms
from hathor_rt.storage.memory.secrets import MemorySecrets
from hathor_rt.storage.memory.tokens import MemoryTokens
from hathor_rt.storage.memory.tracks import MemoryTracks
from hathor_rt.storage.ports import Storage


def open_memory(*, seed: int | None = None) -> Storage:
    """An empty store. It needs no closing; keeping the record across a simulated crash is the crash-safe disk.

    Args:
        seed: Makes client ids and secrets the same in every run of a simulation. None: from the operating system.
    """
    draws = random.Random(seed) if seed is not None else secrets.SystemRandom()  # noqa: S311 - a seed asks for repetition
    leases = MemoryLeases()
    return Storage(
        documents=MemoryDocuments(leases, draws),
        rooms=MemoryRooms(leases),
        principals=MemoryPrincipals(),
        tracks=MemoryTracks(),
        jobs=MemoryJobs(),
        secrets=MemorySecrets(draws),
        tokens=MemoryTokens(),
    )
