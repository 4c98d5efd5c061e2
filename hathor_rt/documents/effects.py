"""What the owner of documents wants done, after the tick's journal rows are committed."""

from dataclasses import dataclass

from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId
from sync.wire.frames import FromServer


@dataclass(frozen=True, slots=True)
class Send:
    """One frame to one connection."""

    connection: ConnectionId
    frame: FromServer


@dataclass(frozen=True, slots=True)
class Publish:
    """One frame to many connections, encoded once. A reader who is behind gets a diff of its documents later instead."""

    connections: tuple[ConnectionId, ...]
    frame: FromServer


@dataclass(frozen=True, slots=True)
class Record:
    """One update to journal: what its author sent, and what the shadow saw it do."""

    document: DocumentName
    update: bytes
    principal: PrincipalId
    device: DeviceId
    actions: str
