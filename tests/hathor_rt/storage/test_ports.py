import inspect

import pytest

from hathor_rt.storage import ports
from hathor_rt.storage.memory.documents import MemoryDocuments
from hathor_rt.storage.memory.jobs import MemoryJobs
from hathor_rt.storage.memory.principals import MemoryPrincipals
from hathor_rt.storage.memory.rooms import MemoryRooms
from hathor_rt.storage.memory.secrets import MemorySecrets
from hathor_rt.storage.memory.tokens import MemoryTokens
from hathor_rt.storage.memory.tracks import MemoryTracks
from hathor_rt.storage.sql.documents import SqlDocuments
from hathor_rt.storage.sql.jobs import SqlJobs
from hathor_rt.storage.sql.principals import SqlPrincipals
from hathor_rt.storage.sql.rooms import SqlRooms
from hathor_rt.storage.sql.secrets import SqlSecrets
from hathor_rt.storage.sql.tokens import SqlTokens
from hathor_rt.storage.sql.tracks import SqlTracks
from media.jobs import JobQueue


def _signatures(kind: type) -> dict[str, inspect.Signature]:
    return {name: inspect.signature(method) for name, method in vars(kind).items() if not name.startswith("_")}


@pytest.mark.parametrize(
    ("port", "engines"),
    [
        (ports.DocumentStore, (MemoryDocuments, SqlDocuments)),
        (ports.RoomStore, (MemoryRooms, SqlRooms)),
        (ports.PrincipalStore, (MemoryPrincipals, SqlPrincipals)),
        (ports.TrackStore, (MemoryTracks, SqlTracks)),
        (ports.SecretStore, (MemorySecrets, SqlSecrets)),
        (ports.TokenStore, (MemoryTokens, SqlTokens)),
        (JobQueue, (MemoryJobs, SqlJobs)),
    ],
)
def test_engines_have_the_methods_of_their_port_and_no_others(port: type, engines: tuple[type, ...]) -> None:
    for engine in engines:
        assert _signatures(engine) == _signatures(port)
