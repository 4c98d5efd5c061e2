"""What must be kept, as ports. Every engine passes `tests/conformance/storage_suite.py`.

A method that writes returns after the data is durable (SQLite: fsynced; PostgreSQL: committed) or raises and has
changed nothing. A cancelled write has either not begun, and is dropped, or is carried through before the cancellation
is felt. All raise `StorageFull` when the disk is full and `StorageDown` when the engine does not answer in time. A
write that breaks a rule of the store (a name that is taken, a reference to nothing, a gap in a journal) raises
`Conflict`.
Instants named ``utc`` are Micros since 1970, for people and for re-anchoring only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId, TrackId
from hathor_rt.timebase import StoredInstant
from media.jobs import JobQueue
from sync.units import Micros, SampleCount


class Conflict(Exception):
    """A write that breaks a rule of the store; nothing was changed."""


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One accepted update as its author sent it. Documents of rooms and playlists are sums of these."""

    document: DocumentName
    sequence: int
    """1, 2, 3 … per document, without gaps; given by the owner task of the document."""
    update: bytes
    principal: PrincipalId
    """Who authored it; the empty id is the server itself (the conductor)."""
    device: DeviceId
    actions: str
    """JSON list of what the shadow saw, e.g. ``[{"did": "removed", "entry": …, "track": …}]``."""
    received: StoredInstant


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """Everything needed to rebuild a document exactly."""

    state: bytes
    """Snapshot as one Yjs update, empty if there is none yet."""
    through: int
    """Sequence number the snapshot reaches to, 0 if there is none."""
    updates: Sequence[bytes]
    """Updates after the snapshot, in order."""
    last: StoredInstant | None
    """When the newest update was received."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A Yjs client that chose its id by itself, and who it acts for."""

    client_id: int
    principal: PrincipalId
    device: DeviceId


@dataclass(frozen=True, slots=True)
class ClientIds:
    """Yjs client ids of a principal and device in one document."""

    current: int
    """What its replica edits under."""
    all: frozenset[int]
    """Every one it may send edits of."""


Snapshot = bytes | Callable[[], bytes]
"""A document's state to be kept, or what makes it: called once, in a thread where the engine has any."""


class DocumentStore(Protocol):
    """Journal and snapshots; `room` is what the document's owner holds the lease of, for standalone documents their name."""

    async def create(self, document: DocumentName, owner: PrincipalId, now_utc: Micros) -> bool:
        """Keep that a standalone document exists; False: it did already."""
        ...

    async def exists(self, document: DocumentName) -> bool:
        """Whether `create` was called for it."""
        ...

    async def append(self, rows: Sequence[JournalRow], *, room: RoomId, term: int) -> None:
        """Commit `rows` as one unit.

        Raises:
            Fenced: A higher owner term of `room` is known.
            Conflict: The sequence numbers of a document do not continue where its journal ends.
        """
        ...

    async def load(self, document: DocumentName) -> StoredDocument:
        """Snapshot and the updates after it; an unknown document is an empty one."""
        ...

    async def save_snapshot(
        self, document: DocumentName, state: Snapshot, through: int, *, room: RoomId, term: int
    ) -> None:
        """Keep `state` for loading. Older journal rows stay until they are retired, and are history from then on.

        A snapshot that reaches less far than the kept one is dropped silently: compaction may be overtaken.

        Raises:
            Fenced: A higher owner term of `room` is known.
            Conflict: `through` lies beyond the end of the journal.
        """
        ...

    async def history(self, document: DocumentName, *, after: int = 0, limit: int = 200) -> Sequence[JournalRow]:
        """Journal rows after sequence `after`, in order, retired ones included; what was pruned is missing."""
        ...

    async def retire(self, *, limit: int) -> int:
        """Move up to `limit` rows, of any documents, that a snapshot reaches beyond to where loading does not look.

        Returns:
            How many moved; fewer than `limit`: there are no more for now.
        """
        ...

    async def prune(self, before_utc: Micros, *, limit: int) -> int:
        """Forget up to `limit` retired rows received before an instant; how many it were."""
        ...

    async def generation(self) -> int:
        """Which of its time lines this store holds: 0 at first, another whole number after every restored backup.

        A replica from another generation may hold what this one never had, under ids that mean something else here.
        """
        ...

    async def issue_client_id(self, document: DocumentName, principal: PrincipalId, device: DeviceId) -> int:
        """A fresh Yjs client id (1 … 2^31-1, unique in the document) that belongs to this principal and device."""
        ...

    async def resume_client_id(
        self, document: DocumentName, principal: PrincipalId, device: DeviceId, former: int
    ) -> ClientIds:
        """The id a replica goes on with: `former` if it is this principal's and device's own, else a fresh one."""
        ...

    async def claim_client_ids(self, document: DocumentName, claims: Sequence[Claim]) -> Mapping[int, PrincipalId]:
        """Give each id that nobody has (1 … 2^53-1) to its claimant; tells whose every claimed id is now."""
        ...


# ── rooms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """A room as kept: what is not in its documents."""

    room: RoomId
    name: str
    owner: PrincipalId
    created_utc: Micros
    is_private: bool
    """A personal session: only the owner's devices enter."""
    is_listed: bool
    """Anyone who may see the instance may enter without an invite (the demo room)."""
    guests_control: bool
    """Guests may play, pause, seek and skip."""
    guests_edit: bool
    """Guests may move and remove entries that others added."""


@dataclass(frozen=True, slots=True)
class Invite:
    """A capability link of a room. `token` is unguessable."""

    token: str
    room: RoomId
    role: str
    expires_utc: Micros | None
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """A principal's lasting relation to a room."""

    room: RoomId
    principal: PrincipalId
    role: str
    is_kicked: bool
    last_seen_utc: Micros


@dataclass(frozen=True, slots=True)
class Lease:
    """Ownership of a room by a node. `term` grows with each change of owner: the fencing token."""

    term: int
    renewed_utc: Micros
    """When the *former* lease was last renewed (0: never owned): tells how long the room stood without an owner."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody at the door of a room: all that is kept of the two, None where there is nothing."""

    record: RoomRecord | None
    member: Membership | None
    invite: Invite | None
    """What the shown token belongs to, be it of this room or not."""


class RoomStore(Protocol):
    """Rooms, members, invites, leases."""

    async def create(self, record: RoomRecord, invite: Invite) -> None:
        """Keep a new room with its first invite. Raises `Conflict` if the id or the token is taken."""
        ...

    async def get(self, room: RoomId) -> RoomRecord | None: ...
    async def update(self, record: RoomRecord) -> None:
        """Replace what is kept of the room. Raises `UnknownRoom`."""
        ...

    async def of_principal(self, principal: PrincipalId) -> Sequence[RoomRecord]:
        """Rooms owned by or entered as a member, most recently seen first; and all listed rooms after them.

        A room never entered counts as seen when it was created. A kicked member has not entered. Listed rooms come
        oldest first, and none comes twice.
        """
        ...

    async def standing(self, room: RoomId, principal: PrincipalId, token: str) -> Standing:
        """What `get`, `member` and `invite` tell, as of one moment; an empty principal or token is nobody's."""
        ...

    async def member(self, room: RoomId, principal: PrincipalId) -> Membership | None: ...
    async def members(self, room: RoomId) -> Sequence[Membership]:
        """Everyone who ever entered, most recently seen first (kicked ones too)."""
        ...

    async def save_member(self, membership: Membership) -> None:
        """Insert or replace. Raises `Conflict` if there is no such room."""
        ...

    async def invite(self, token: str) -> Invite | None: ...
    async def invites(self, room: RoomId) -> Sequence[Invite]:
        """All invites of the room in the order they were made, revoked ones too."""
        ...

    async def replace_invites(self, room: RoomId, invite: Invite) -> None:
        """Revoke every invite of the room and add this one, as one unit.

        Raises:
            Conflict: There is no such room, the token is taken, or the invite is for another room.
        """
        ...

    async def acquire(self, room: RoomId, node: str, now_utc: Micros) -> Lease:
        """Take the room over with a higher term than ever before."""
        ...

    async def renew_many(self, terms: Mapping[RoomId, int], node: str, now_utc: Micros) -> frozenset[RoomId]:
        """Say that the owners live that `node` is under these terms.

        Returns:
            Those whose lease is another's; all others are renewed.
        """
        ...


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts. A guest is a principal without credentials."""

    principal: PrincipalId
    name: str
    is_guest: bool
    created_utc: Micros


class PrincipalStore(Protocol):
    """Principals and their devices."""

    async def create(self, principal: Principal) -> None:
        """Keep a new principal. Raises `Conflict` if the id is taken."""
        ...

    async def get(self, principal: PrincipalId) -> Principal | None: ...
    async def many(self, principals: Sequence[PrincipalId]) -> Mapping[PrincipalId, Principal]:
        """Those that exist."""
        ...

    async def rename(self, principal: PrincipalId, name: str) -> None:
        """Raises `UnknownPrincipal`."""
        ...

    async def save_device(self, device: DeviceId, principal: PrincipalId, label: str, seen_utc: Micros) -> None:
        """Insert or replace. Raises `Conflict` if there is no such principal."""
        ...

    async def devices(self, principal: PrincipalId) -> Mapping[DeviceId, str]:
        """Labels of the principal's devices, most recently seen first."""
        ...


# ── library ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Track:
    """A recording in the library. Measured facts are None until a worker has decoded the file once."""

    track: TrackId
    audio_hash: str
    """Identity of the sound, without tags: survives move, rename and retag."""
    title: str
    artist: str
    album: str
    genre: str
    year: int | None
    track_number: int | None
    disc_number: int | None
    length_estimate: Micros
    """From the file's headers; good enough to show, not to schedule by."""
    frames: SampleCount | None = None
    """Exact length at 48 kHz."""
    loudness_lufs: float | None = None
    true_peak_db: float | None = None
    peaks_blob: str | None = None
    """Content hash of the waveform peaks."""
    cover_blob: str | None = None
    is_available: bool = True
    is_demo: bool = False
    note: str = ""
    """What was odd about the file, for people: "truncated, 2:13 of 3:40 could be read"."""


@dataclass(frozen=True, slots=True)
class TrackFile:
    """Where a track's sound lies. One track may have several files (copies)."""

    path: str
    track: TrackId
    root: str
    byte_count: int
    modified_ns: int
    is_present: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What decoding a track told."""

    frames: SampleCount
    loudness_lufs: float | None
    true_peak_db: float | None
    peaks_blob: str | None
    note: str


class TrackStore(Protocol):
    """The library. Files are only ever pointed at."""

    async def get(self, track: TrackId) -> Track | None: ...
    async def many(self, tracks: Sequence[TrackId]) -> Mapping[TrackId, Track]: ...
    async def search(self, query: str, *, limit: int, offset: int) -> Sequence[Track]:
        """Available tracks whose title, artist, album or genre holds every word of `query` (prefix, any case).

        Accents do not matter; what a word is tells `storage/search.py`. First come tracks that begin with the query,
        then the others, both by artist, album, disc, track number and title. A query without words finds every track.
        """
        ...

    async def count(self, query: str = "") -> int:
        """How many tracks `search` finds for `query` on all pages together; without words, how many are available."""
        ...

    async def by_hashes(self, hashes: Sequence[str]) -> Mapping[str, Track]: ...
    async def save_scanned(self, tracks: Sequence[Track], files: Sequence[TrackFile]) -> None:
        """Insert or update as one unit. Measured facts already known for the same audio hash are kept.

        An audio hash that is kept under another track id keeps that id, and the given files are pointed at it. Tracks
        with files become available by them; a track without files is as available as given.
        A path that now holds another sound leaves its former track, which is unavailable without files.
        Raises `Conflict` if a file points at no track, or a track id is kept with another audio hash.
        """
        ...

    async def files_under(self, root: str) -> Mapping[str, TrackFile]:
        """Files by path that were saved with this root, missing ones too."""
        ...

    async def files_of(self, track: TrackId) -> Sequence[TrackFile]:
        """All files of the track by path, present ones first."""
        ...

    async def set_present(self, paths: Sequence[str], *, is_present: bool) -> None:
        """Mark files there or missing; a track is available while one of its files is there."""
        ...

    async def save_measured(self, track: TrackId, measured: Measured) -> None:
        """Raises `UnknownTrack`."""
        ...

    async def roots(self) -> Sequence[str]:
        """Watched folders, sorted."""
        ...

    async def add_root(self, root: str) -> None:
        """Watch one more folder; twice is once."""
        ...


@dataclass(frozen=True, slots=True)
class Storage:
    """The open engine: one record of all ports."""

    documents: DocumentStore
    rooms: RoomStore
    principals: PrincipalStore
    tracks: TrackStore
    jobs: JobQueue
    secrets: "SecretStore"
    tokens: "TokenStore"


@dataclass(frozen=True, slots=True)
class DocumentToken:
    """The right to use documents, given away as text. `token` names it in lists; `digest` is all that is kept of the text."""

    token: str
    digest: bytes
    document: str
    """A document's name, or ``kind:*``."""
    role: str
    principal: PrincipalId
    created_utc: Micros
    expires_utc: Micros
    is_revoked: bool


class TokenStore(Protocol):
    """Document tokens."""

    async def save(self, token: DocumentToken) -> None:
        """Keep a new token. Raises `Conflict` if its name is taken."""
        ...

    async def many(self, tokens: Sequence[str]) -> Mapping[str, DocumentToken]:
        """Those that exist, by name."""
        ...

    async def all(self) -> Sequence[DocumentToken]:
        """Every token, oldest first."""
        ...

    async def revoke(self, token: str) -> bool:
        """It ends now. False: there is none of this name."""
        ...


class SecretStore(Protocol):
    """Keys the server makes for itself on first run (cookie signing, segment URLs)."""

    async def secret(self, name: str) -> bytes:
        """The 32 bytes called `name`, made on first use, the same ever after."""
        ...
