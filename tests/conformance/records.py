"""Plausible records for the storage suites, to be varied by keyword."""

from dataclasses import replace

from hathor_rt.ids import DeviceId, DocumentName, PrincipalId, RoomId, TrackId
from hathor_rt.storage.ports import Invite, JournalRow, Membership, Principal, RoomRecord, Track, TrackFile
from hathor_rt.timebase import StoredInstant
from media.jobs import Segment
from sync.units import Micros

ROOM = RoomId("room1")
ALICE = PrincipalId("alice")
BOB = PrincipalId("bob")
PHONE = DeviceId("phone")
QUEUE = DocumentName("queue:room1")


def instant(number: int) -> StoredInstant:
    return StoredInstant("boot", Micros(1_000 + number), Micros(2_000_000_000_000_000 + number))


def row(sequence: int, *, document: DocumentName = QUEUE, update: bytes = b"") -> JournalRow:
    return JournalRow(
        document,
        sequence,
        update or f"update {sequence}".encode(),
        ALICE,
        PHONE,
        '[{"did": "added"}]',
        instant(sequence),
    )


def room(code: str = ROOM, /, **changes: object) -> RoomRecord:
    record = RoomRecord(
        RoomId(code),
        "Kitchen",
        ALICE,
        Micros(100),
        is_private=False,
        is_listed=False,
        guests_control=True,
        guests_edit=False,
    )
    return replace(record, **changes)  # type: ignore[arg-type]  # fields of the record by name


def invite(token: str, room: str = ROOM, **changes: object) -> Invite:
    record = Invite(token, RoomId(room), "guest", expires_utc=None, is_revoked=False)
    return replace(record, **changes)  # type: ignore[arg-type]  # fields of the record by name


def membership(
    room: str, principal: PrincipalId, seen: int, *, is_kicked: bool = False, role: str = "guest"
) -> Membership:
    return Membership(RoomId(room), principal, role, is_kicked, Micros(seen))


def principal(code: str, /, **changes: object) -> Principal:
    record = Principal(PrincipalId(code), code.title(), is_guest=True, created_utc=Micros(5))
    return replace(record, **changes)  # type: ignore[arg-type]  # fields of the record by name


def track(name: str, **changes: object) -> Track:
    record = Track(
        track=TrackId(name),
        audio_hash=f"hash-{name}",
        title=f"Title {name}",
        artist="Artist",
        album="Album",
        genre="Jazz",
        year=1959,
        track_number=1,
        disc_number=None,
        length_estimate=Micros(180_000_000),
    )
    return replace(record, **changes)  # type: ignore[arg-type]  # fields of the record by name


def file(path: str, track: str, *, root: str = "/music", is_present: bool = True) -> TrackFile:
    return TrackFile(path, TrackId(track), root, 1_000_000, 1_700_000_000_123_456_789, is_present)


def segment(index: int = 0, *, path: str = "/music/a.flac") -> Segment:
    return Segment("source", path, "rendition", "opus", 128, index)
