"""An open engine: all ports at once."""

from dataclasses import dataclass

from hathor_rt.storage.ports.documents import DocumentStore
from hathor_rt.storage.ports.principals import PrincipalStore
from hathor_rt.storage.ports.rooms import RoomStore
from hathor_rt.storage.ports.secrets import SecretStore
from hathor_rt.storage.ports.tokens import TokenStore
from hathor_rt.storage.ports.tracks import TrackStore
from media.jobs import JobQueue


@dataclass(frozen=True, slots=True)
class Storage:
    """The open engine: one record of all ports."""

    documents: DocumentStore
    rooms: RoomStore
    principals: PrincipalStore
    tracks: TrackStore
    jobs: JobQueue
    secrets: SecretStore
    tokens: TokenStore
