"""The services of one running server as one frozen record. No behaviour."""

from dataclasses import dataclass, field

from hathor_rt.accounts.document_tokens import DocumentTokens
from hathor_rt.accounts.guests import Guests
from hathor_rt.config import Config
from hathor_rt.documents.ports import Documents
from hathor_rt.library.ports import Delivery, Library, Stems
from hathor_rt.library.uploads import Uploads
from hathor_rt.observations import Observations
from hathor_rt.rooms.ports import Rooms
from hathor_rt.storage.ports import Storage
from hathor_rt.timebase import Timebase


@dataclass(frozen=True, slots=True)
class Application:
    """Everything `web` may call."""

    config: Config
    timebase: Timebase
    storage: Storage
    guests: Guests
    rooms: Rooms
    library: Library
    delivery: Delivery
    documents: Documents
    tokens: DocumentTokens
    stems: Stems
    uploads: Uploads
    generation: int = 0
    """Time line of the documents; see `DocumentStore.generation`."""
    observations: Observations = field(default_factory=Observations)
