"""Refusals of the service: everything beyond the protocol's own (`sync.refusal`).

One small tree; raise where the rule lives. `web/answers.py` translates each code once to HTTP and WebSocket (a test
demands a row for every class here and in `sync.refusal`).
"""

from sync.refusal import Refusal


class UnknownRoom(Refusal):
    """No room under this code (or it is not visible to the one who asks: both look the same)."""

    code = "unknown-room"


class InviteRequired(Refusal):
    """The room or the instance is entered by invitation only."""

    code = "invite-required"


class InviteExpired(Refusal):
    """The invite was real once: it is past its time or was replaced by a new link."""

    code = "invite-expired"


class Kicked(Refusal):
    """The host asked this principal to leave."""

    code = "kicked"


class Restored(Refusal):
    """A backup was put back since: what a client kept belongs to a time line that is no more."""

    code = "restored"


class CheckRunning(Refusal):
    """A sound check runs in this room already."""

    code = "check-running"


class UnknownDevice(Refusal):
    """A device that is not in the room, plays no sound, or takes no part in sound checks."""

    code = "unknown-device"


class RoomFull(Refusal):
    """The room is at its capacity."""

    code = "room-full"


class UnknownTrack(Refusal):
    """No such track in the library."""

    code = "unknown-track"


class TrackUnavailable(Refusal):
    """The track is known, but its file is missing or cannot be read now."""

    code = "track-unavailable"


class DamagedFile(Refusal):
    """The file is not sound we can decode, or breaks a limit of size or length."""

    code = "damaged-file"


class UnknownSegment(Refusal):
    """No such segment, or its signature is wrong."""

    code = "unknown-segment"


class StillRendering(Refusal):
    """The segment is being made; asking again soon will find it."""

    code = "still-rendering"


class NotSeparated(Refusal):
    """The track has no stems (yet, or any more): they are to be asked for first."""

    code = "not-separated"


class UnknownStem(Refusal):
    """The model makes no stem of this name."""

    code = "unknown-stem"


class UnknownPrincipal(Refusal):
    """No valid identity came with the request."""

    code = "unknown-principal"


class InvalidToken(Refusal):
    """A document token that is none, is over, was revoked, or is for another document: all look the same."""

    code = "invalid-token"


class BadName(Refusal):
    """A name that is empty, too long, or made of control characters."""

    code = "bad-name"


class BadRequest(Refusal):
    """A request that does not have the form its resource expects."""

    code = "bad-request"


class ForeignOrigin(Refusal):
    """A browser page of another site made this request."""

    code = "foreign-origin"


class ForeignHost(Refusal):
    """The Host header names none of this server's addresses."""

    code = "foreign-host"


class NotSound(Refusal):
    """A file that came is no sound file of a kind that is played: empty, cut short, or something else altogether."""

    code = "not-sound"


class UploadTooLarge(Refusal):
    """A file is larger than one may be."""

    code = "upload-too-large"


class UploadStalled(Refusal):
    """Nothing of a file came for too long."""

    code = "upload-stalled"


class StorageOverQuota(Refusal):
    """All that may be uploaded has been."""

    code = "over-quota"


class TooMany(Refusal):
    """A rate or count limit; the answer says when to come back."""

    code = "too-many"


class TooManyDocuments(Refusal):
    """The clients of one document token keep as many documents open as they may."""

    code = "too-many-documents"


class Overloaded(Refusal):
    """The server cannot take this now; nothing was done."""

    code = "overloaded"


class StorageFull(Refusal):
    """The disk is full: nothing was saved, nothing was lost."""

    code = "storage-full"


class StorageDown(Refusal):
    """Storage does not answer; the edit was not saved."""

    code = "storage-down"


class NewerData(Refusal):
    """The data folder was written by a newer version of Hathor RT."""

    code = "newer-data"


class PortInUse(Refusal):
    """Something else listens on this port."""

    code = "port-in-use"


class BadSetting(Refusal):
    """A setting has a value that is not possible."""

    code = "bad-setting"


class Fenced(Refusal):
    """Another node has taken this room over: what this one holds is no longer the truth."""

    code = "fenced"
