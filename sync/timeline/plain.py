"""The transport record as one plain value, as it stands in the `playback` document under ``playback["transport"]``.

The value is a map with the field names of `Transport`; `current` and `next` are maps or null, `anchor` is a map.
Readers ignore names they do not know, so that fields may be added.
"""

from collections.abc import Mapping
from typing import Final, Literal

from sync.refusal import MalformedUpdate
from sync.timeline.anchor import Anchor
from sync.timeline.transport import Cue, Transport
from sync.timeline.vibe import FASTEST_PERMILLE, MOST_PITCH_CENTS, SLOWEST_PERMILLE
from sync.units import Micros, SampleCount

# What JavaScript holds exactly; beyond it two readers could disagree.
LARGEST: Final = 2**53 - 1

# Ids are at most 32 characters and order keys are rebalanced above 48; anything longer was not written by a conductor.
LONGEST_TEXT: Final = 256


def to_plain(transport: Transport) -> dict[str, object]:
    """Maps, strings, whole numbers, booleans and None only: fit for a CRDT map, JSON or MessagePack."""
    anchor = transport.anchor
    return {
        "clock_epoch": transport.clock_epoch,
        "owner_term": transport.owner_term,
        "revision": transport.revision,
        "status": transport.status,
        "current": _plain_cue(transport.current),
        "next": _plain_cue(transport.next),
        "is_settled": transport.is_settled,
        "boundary_at": transport.boundary_at,
        "anchor": {"at": anchor.at, "position": anchor.position, "rate_permille": anchor.rate_permille},
        "rate_permille": transport.rate_permille,
        "pitch_cents": transport.pitch_cents,
        "keeps_formants": transport.keeps_formants,
    }


def from_plain(value: object) -> Transport:
    """Read what `to_plain` wrote. Whole numbers may come as floats, which is how pycrdt returns them.

    Raises:
        MalformedUpdate: `value` is not a transport record, or one that contradicts itself.
    """
    record = _map(value, "transport")
    transport = Transport(
        clock_epoch=_text(record, "clock_epoch"),
        owner_term=_whole(record, "owner_term", 0),
        revision=_whole(record, "revision", 0),
        status=_status(record),
        current=_cue(record, "current"),
        next=_cue(record, "next"),
        is_settled=_flag(record, "is_settled"),
        boundary_at=None if record.get("boundary_at") is None else Micros(_whole(record, "boundary_at", -LARGEST)),
        anchor=_anchor(record),
        # Records written before these fields existed were all at the recorded speed and pitch.
        rate_permille=_whole(record, "rate_permille", SLOWEST_PERMILLE) if "rate_permille" in record else 1000,
        pitch_cents=_whole(record, "pitch_cents", -MOST_PITCH_CENTS) if "pitch_cents" in record else 0,
        keeps_formants=_flag(record, "keeps_formants") if "keeps_formants" in record else False,
    )
    _check(transport)
    return transport


def _check(transport: Transport) -> None:
    is_playing = transport.status == "playing"
    if (transport.status == "empty") != (transport.current is None):
        raise MalformedUpdate("a transport is empty exactly when it has no current entry")
    if transport.rate_permille > FASTEST_PERMILLE:
        raise MalformedUpdate(f"rate_permille must be {SLOWEST_PERMILLE} … {FASTEST_PERMILLE}")
    if transport.pitch_cents > MOST_PITCH_CENTS:
        raise MalformedUpdate(f"pitch_cents must be -{MOST_PITCH_CENTS} … {MOST_PITCH_CENTS}")
    if transport.anchor.rate_permille != (transport.rate_permille if is_playing else 0):
        raise MalformedUpdate(
            "the line of a transport moves at the room's rate while playing and stands still otherwise"
        )
    if transport.boundary_at is not None and not is_playing:
        raise MalformedUpdate("only a playing transport has a boundary")


def _plain_cue(cue: Cue | None) -> dict[str, object] | None:
    if cue is None:
        return None
    return {"entry": cue.entry, "track": cue.track, "order": cue.order, "frames": cue.frames}


def _map(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise MalformedUpdate(f"{name} must be a map, not {type(value).__name__}")
    return value


def _text(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise MalformedUpdate(f"{name} must be a text of at most {LONGEST_TEXT} characters")
    return value


def _flag(record: Mapping[str, object], name: str) -> bool:
    value = record.get(name)
    if not isinstance(value, bool):
        raise MalformedUpdate(f"{name} must be true or false")
    return value


def _whole(record: Mapping[str, object], name: str, least: int) -> int:
    value = record.get(name)
    expected = f"{name} must be a whole number from {least} to {LARGEST}"
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise MalformedUpdate(expected)
    # The range comes before the conversion: int() of infinity or NaN raises, and NaN is in no range.
    if not least <= value <= LARGEST or value != int(value):
        raise MalformedUpdate(expected)
    return int(value)


def _status(record: Mapping[str, object]) -> Literal["empty", "paused", "playing"]:
    match record.get("status"):
        case "empty":
            return "empty"
        case "paused":
            return "paused"
        case "playing":
            return "playing"
        case _:
            raise MalformedUpdate("status must be empty, paused or playing")


def _cue(record: Mapping[str, object], name: str) -> Cue | None:
    if record.get(name) is None:
        return None
    cue = _map(record[name], name)
    return Cue(_text(cue, "entry"), _text(cue, "track"), _text(cue, "order"), SampleCount(_whole(cue, "frames", 0)))


def _anchor(record: Mapping[str, object]) -> Anchor:
    anchor = _map(record.get("anchor"), "anchor")
    return Anchor(
        at=Micros(_whole(anchor, "at", -LARGEST)),
        position=Micros(_whole(anchor, "position", 0)),
        rate_permille=_whole(anchor, "rate_permille", 0),
    )
