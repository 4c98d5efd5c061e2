"""Every message of the realtime socket as a typed record.

On the wire a frame is one binary WebSocket message: a MessagePack array whose first item is the tag (the record's name in
lower case) and whose further items are the fields in the order written here. New fields are only ever appended, with a
default: an old peer ignores what it does not know, a new one fills in what is missing. `PROTOCOL.md` beside this file
tells the same in tables (a test compares them), and `web/client/src/wire/frames.ts` is its twin.

Instants are `Micros`: `sent`, `returned` on the client's clock, everything else on the room timebase of the server.
Documents are named ``kind:id``, for example ``queue:ab3k9x``.
"""

from typing import Final, Literal

import msgspec

PROTOCOL_VERSION: Final = 1

# Longest frame either side accepts. One document update is at most 64 KiB (sync/documents/guard.py); the rest is headroom.
MAX_INBOUND_BYTES: Final = 96 * 1024
# A full document state (5 000 entries are about 1 MB) travels in one frame, or as portions to a client that takes them.
MAX_OUTBOUND_BYTES: Final = 4 * 1024 * 1024


class _Frame(msgspec.Struct, frozen=True, array_like=True):
    """Common layout of all frames."""


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Play(_Frame, frozen=True, tag="play"):
    """Start playing. `entry`: this queue entry from `position`; empty: go on where the room is paused."""

    entry: str = ""
    position: int = 0


class Pause(_Frame, frozen=True, tag="pause"):
    """Stop where we are."""


class Seek(_Frame, frozen=True, tag="seek"):
    """Go to `position` (Micros, 0 … length) of the current entry."""

    position: int


class Next(_Frame, frozen=True, tag="next"):
    """Go to the settled next entry."""


class Previous(_Frame, frozen=True, tag="previous"):
    """Back to the start of the current entry, or to the one before it within its first 3 seconds."""


class SetVibe(_Frame, frozen=True, tag="vibe"):
    """Bend what plays, for all at one instant: tempo in thousandths (500 … 2000), pitch in cents (-1200 … 1200), formants.

    None: as it is, so that two who turn different knobs do not undo each other. `on_beat`: at the next beat of the track.
    """

    tempo_permille: int | None = None
    pitch_cents: int | None = None
    keeps_formants: bool | None = None
    on_beat: bool = False


class ResetVibe(_Frame, frozen=True, tag="vibe-reset"):
    """The recording as it is, for all; whatever anybody was turning is dropped."""


class SetRate(_Frame, frozen=True, tag="set-rate"):
    """The tempo alone, as clients asked for it before there was `SetVibe`."""

    permille: int


class StartClicks(_Frame, frozen=True, tag="start-clicks"):
    """Click at the same room instants on every device that sounds, instead of the music, for a bounded time."""


class StartChirps(_Frame, frozen=True, tag="start-chirps"):
    """Let `devices` (connections that sound) play one chirp after the other; who asks listens by a microphone."""

    devices: list[str]


class StopCheck(_Frame, frozen=True, tag="stop-check"):
    """End the sound check of this room, for all."""


class Adjust(_Frame, frozen=True, tag="adjust"):
    """Move the offset of `device` (a connection) by `change` (Micros): what a measurement by chirps found."""

    device: str
    change: int


TransportOrder = Play | Pause | Seek | Next | Previous | SetVibe | ResetVibe | SetRate
"""What a listener may ask of a room's conductor."""

CheckOrder = StartClicks | StartChirps | StopCheck | Adjust
"""What concerns the sound check of a room."""

Order = TransportOrder | CheckOrder
"""All that a `Command` may carry."""


# ── client → server ──────────────────────────────────────────────────────────────────────────────────────────────────


class Hello(_Frame, frozen=True, tag="hello"):
    """First frame of every connection. Who is asking is known from the HTTP upgrade (cookie); this says with what.

    `ticket`: from an earlier `Welcome` of the same device; a resumed connection replaces the earlier one.
    `portions`: this client puts `Portion` frames together. `checks`: it takes part in sound checks and understands the
    frames about them.
    """

    protocol: int
    software: str
    ticket: str = ""
    portions: bool = False
    checks: bool = False


class Probe(_Frame, frozen=True, tag="probe"):
    """Clock probe. Answered before anything else in the inbox, never behind storage."""

    seq: int
    sent: int


class Enter(_Frame, frozen=True, tag="enter"):
    """Become a participant of a room, or change how one takes part. `sound`: this device plays (a listener)."""

    room: str
    invite: str = ""
    sound: bool = False


class Leave(_Frame, frozen=True, tag="leave"):
    """Stop being a participant of a room; its documents are closed with it."""

    room: str


class Open(_Frame, frozen=True, tag="open"):
    """Subscribe to a document. `state_vector`: Yjs state vector of the local replica (empty: none).

    `client_id`: id this replica incarnation was issued earlier, 0 if none.
    """

    document: str
    state_vector: bytes = b""
    client_id: int = 0


class Close(_Frame, frozen=True, tag="close"):
    """Unsubscribe from a document."""

    document: str


class Update(_Frame, frozen=True, tag="update"):
    """A Yjs update (v1). `intent`: number of the highest intent whose effect is in it, 0 if none."""

    document: str
    update: bytes
    intent: int = 0


class Command(_Frame, frozen=True, tag="command"):
    """Ask the room's conductor, or for a sound check. Answered by `Done` or `Refused` with the same `seq`."""

    room: str
    seq: int
    order: Order


class Report(_Frame, frozen=True, tag="report"):
    """How well this device plays, about once in 2 seconds while it sounds. All spans in Micros.

    `state`: what the listener hears. `playback_error`: signed distance from the room's position at the output.
    `clock_error`: half-width of the certified bound. `lead_needed`: output latency plus the device's offset. `entry`: the
    queue entry that all of this is about, of whose present position `first_segment` says that sound is here; empty: none.
    `coarse`: the device learns only to some milliseconds when its sound leaves it, whatever `playback_error` says.
    """

    room: str
    state: Literal["silent", "buffering", "catching-up", "in-step", "loose"]
    playback_error: int = 0
    clock_error: int = 0
    round_trip: int = 0
    lead_needed: int = 0
    first_segment: bool = False
    entry: str = ""
    coarse: bool = False


FromClient = Hello | Probe | Enter | Leave | Open | Close | Update | Command | Report


# ── server → client ──────────────────────────────────────────────────────────────────────────────────────────────────


class Welcome(_Frame, frozen=True, tag="welcome"):
    """Answer to `Hello`. `clock_epoch` names the room timebase: a new one means every clock estimate starts anew.

    `generation`: time line of the documents. What is known of them from another one must be dropped before they are opened.
    """

    protocol: int
    connection: str
    principal: str
    device: str
    clock_epoch: str
    ticket: str
    heartbeat: int
    server: str = ""
    generation: int = 0


class ProbeReply(_Frame, frozen=True, tag="probe-reply"):
    """`received`: as early as possible on receipt; `answered`: right before the send."""

    seq: int
    sent: int
    received: int
    answered: int


class Entered(_Frame, frozen=True, tag="entered"):
    """Answer to `Enter`. `may`: names of the actions this role permits here, for greying out controls."""

    room: str
    name: str
    role: str
    may: list[str]


class Left(_Frame, frozen=True, tag="left"):
    """The participant is out of the room: by its own `Leave`, or because of `code` (kicked, room-closed …)."""

    room: str
    code: str = ""
    reason: str = ""


class Portion(_Frame, frozen=True, tag="portion"):
    """Bytes `start` … of the update of an `Opened` or `Changed` to come, `total` bytes long as a whole.

    Portions of a document come in order and end with it; other frames may come between them. One with `start` 0
    begins anew, whatever came before.
    """

    document: str
    start: int
    total: int
    content: bytes


class Opened(_Frame, frozen=True, tag="opened"):
    """Answer to `Open`: what the replica lacks, what the server has, and the id to author under from now on.

    `client_id`: 0 where the server alone writes.
    `start`: `update` begins at this byte of the whole; the bytes before it came as portions.
    """

    document: str
    client_id: int
    update: bytes
    state_vector: bytes
    start: int = 0


class Changed(_Frame, frozen=True, tag="changed"):
    """An update of an open document, committed. One per document and tick, the same bytes to everybody.

    Behind portions of its document: the last bytes of theirs.
    """

    document: str
    update: bytes


class Saved(_Frame, frozen=True, tag="saved"):
    """Everything this connection sent for `document` up to `intent` is durable."""

    document: str
    intent: int


class Done(_Frame, frozen=True, tag="done"):
    """The command `seq` was carried out; what it left in the record is durable."""

    room: str
    seq: int


class Refused(_Frame, frozen=True, tag="refused"):
    """An expected no. `about`: tag of the refused frame; `subject`: its room or document; `seq`: its seq or intent.

    After a refused `update` the replica must be dropped: reopen with a fresh id and replay intents one by one.
    """

    about: str
    subject: str
    seq: int
    code: str
    reason: str


class Participant(_Frame, frozen=True):
    """One connection in a room, as attested by the server. `connection` is stable for the life of the socket.

    `checks`: it takes part in sound checks.
    """

    connection: str
    principal: str
    name: str
    role: str
    device: str
    sound: bool
    state: str = "silent"
    playback_error: int = 0
    clock_error: int = 0
    checks: bool = False
    coarse: bool = False


class People(_Frame, frozen=True, tag="people"):
    """Presence. `full`: the list replaces what was known; otherwise `present` are new or changed, `gone` have left."""

    room: str
    full: bool
    present: list[Participant]
    gone: list[str]


class SoundCheck(_Frame, frozen=True, tag="sound-check"):
    """What the devices of a room play instead of the music, between two room instants. The newest one holds.

    `kind`: with "none" there is none, and the rest is empty or 0. "clicks": every device clicks at whole seconds of room
    time from `starts_at` to `ends_at`. "chirps": in each of `rounds` rounds every one of `devices` (connections) plays
    a chirp, in their order, each `slot` Micros after the one before; the connection `by` listens. `name`: of
    whoever asked for it.
    """

    room: str
    kind: Literal["none", "clicks", "chirps"]
    by: str
    name: str
    starts_at: int
    ends_at: int
    devices: list[str]
    slot: int
    rounds: int


class Adjusted(_Frame, frozen=True, tag="adjusted"):
    """Move the offset of your output by `change` (Micros): connection `by` of `name` measured it, and you may undo it."""

    room: str
    by: str
    name: str
    change: int


class Ending(_Frame, frozen=True, tag="ending"):
    """Last frame before the server closes. `retry_after`: Micros to wait before coming back, negative: do not."""

    code: str
    reason: str
    retry_after: int


FromServer = (
    Welcome
    | ProbeReply
    | Entered
    | Left
    | Portion
    | Opened
    | Changed
    | Saved
    | Done
    | Refused
    | People
    | SoundCheck
    | Adjusted
    | Ending
)
