"""What the owner of documents wants done, after the tick's journal rows are committed."""

import msgspec

from hathor_rt.ids import ConnectionId, DeviceId, DocumentName, PrincipalId
from sync.wire.frames import FromServer


class Send(msgspec.Struct, frozen=True):
    """One frame to one connection."""

    connection: ConnectionId
    frame: FromServer


class Publish(msgspec.Struct, frozen=True):
    """One frame to many connections, encoded once. A reader who is behind gets a diff of its documents later instead."""

    connections: tuple[ConnectionId, ...]
    frame: FromServer


class Record(msgspec.Struct, frozen=True):
    """One update to journal: what its author sent, and what the shadow saw it do."""

    document: DocumentName
    update: bytes
    principal: PrincipalId
    device: DeviceId
    actions: str
