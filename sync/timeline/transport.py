"""What plays and since when: the record that the conductor writes and every listener follows.

The record is the whole truth: late join, reconnect, seek, pause and another vibe are all "read the record, extrapolate".
In the `playback` document it stands as one plain value under ``playback["transport"]`` with these field names
(`sync/timeline/plain.py`).

A record may lie in the future (a lead that lets everybody begin together): a follower keeps to the record it had before
until `anchor.at`, and only then takes up the new line. Somebody who has no earlier record is silent until `anchor.at`.

The functions are the conductor's whole vocabulary. They are total: every input gives a valid record, positions are
clamped to the track, and what would change nothing returns the very same object, so that ``after is before`` means
"there is nothing to write". Everything else returns a record whose revision is higher; revisions may skip numbers,
because a conductor composes several steps before it writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from sync.timeline.anchor import Anchor
from sync.timeline.vibe import Vibe
from sync.units import Micros, SampleCount, micros_of_samples

# Long enough for every device to fetch and decode the first segment of what follows over a slow link, and for a lost
# connection to come back, before nobody may change its mind any more.
SETTLE_AHEAD: Final = Micros(10_000_000)


@dataclass(frozen=True, slots=True)
class Cue:
    """A queue entry as the transport needs it, so that nothing has to be looked up in time-critical moments.

    `order` is the entry's order key when it was taken: if the entry is removed while it plays, what follows is the
    first entry beyond this key. `frames` is the exact length, 0 while it is not known yet.
    """

    entry: str
    track: str
    order: str
    frames: SampleCount


@dataclass(frozen=True, slots=True)
class Transport:
    """The record.

    Attributes:
        clock_epoch: Timebase on which all instants below lie.
        owner_term: Term of the owner that wrote it; clients follow the highest (owner_term, revision).
        revision: Counts records of the room, across owners.
        status: "empty" (nothing to play), "paused" or "playing".
        current: What plays or is paused; None only when empty.
        next: What follows; may still change until `settled`, None at the end of the queue.
        is_settled: `next` is final: set 10 s before the boundary.
        boundary_at: Instant at which `current` ends and `next` begins; None unless playing with known length.
        anchor: The line of `current`. While paused its rate is 0. It may lie in the future: a start everybody waits
            for.
        rate_permille: Tempo of the room (500 … 2000), kept while paused and from entry to entry, as pitch and formants are.
        pitch_cents: Its transposition (-1200 … 1200).
        keeps_formants: Voices keep their character under it.
    """

    clock_epoch: str
    owner_term: int
    revision: int
    status: Literal["empty", "paused", "playing"]
    current: Cue | None
    next: Cue | None
    is_settled: bool
    boundary_at: Micros | None
    anchor: Anchor
    rate_permille: int = 1000
    pitch_cents: int = 0
    keeps_formants: bool = False

    @property
    def vibe(self) -> Vibe:
        """How the room bends what it plays, from `anchor.at` on."""
        return Vibe(self.rate_permille, self.pitch_cents, self.keeps_formants)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_newer(candidate: Transport, known: Transport) -> bool:
    """Whether a follower that has `known` must take `candidate`: the higher (owner_term, revision) wins."""
    return (candidate.owner_term, candidate.revision) > (known.owner_term, known.revision)


def length_of(cue: Cue) -> Micros | None:
    """Length of the entry's recording (at its recorded speed), None while unknown."""
    return micros_of_samples(cue.frames) if cue.frames > 0 else None


def boundary_of(cue: Cue | None, anchor: Anchor) -> Micros | None:
    """Instant at which `cue` ends on the line `anchor`; None without a cue, while paused and for an unknown length.

    Never before `anchor.at`: a line that starts behind the end ends where it starts.
    """
    length = length_of(cue) if cue is not None else None
    if length is None:
        return None
    end_at = anchor.instant_of(length)
    return None if end_at is None else Micros(max(end_at, anchor.at))


def position_at(transport: Transport, instant: Micros) -> Micros:
    """Position in `current` at `instant`, within 0 … length (0 when empty).

    Before `anchor.at` it is the position the line will start from, after `boundary_at` the end of `current`: use
    `advance` to go over the boundary.
    """
    anchor = transport.anchor
    return _inside(transport.current, anchor.position_at(Micros(max(instant, anchor.at))))


def is_at_end(transport: Transport) -> bool:
    """Whether the room is paused at the end of `current`, as it is after the last entry of the queue."""
    length = length_of(transport.current) if transport.current is not None else None
    return transport.status == "paused" and length is not None and transport.anchor.position >= length


def settle_due_at(transport: Transport) -> Micros | None:
    """Instant from which on `next` has to be settled; None if it is settled or no boundary is known."""
    if transport.is_settled or transport.boundary_at is None:
        return None
    return Micros(transport.boundary_at - SETTLE_AHEAD)


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def empty(clock_epoch: str, owner_term: int = 0) -> Transport:
    """The first record of a room: nothing to play, revision 0."""
    return Transport(clock_epoch, owner_term, 0, "empty", None, None, False, None, Anchor(Micros(0), Micros(0), 0))


def play(transport: Transport, cue: Cue, position: Micros, start_at: Micros) -> Transport:
    """Play `cue` from `position` at the room's speed, starting at `start_at`.

    What follows is open again (`next` is None): the conductor announces it with `expect` or `settle`.
    """
    line = Anchor(start_at, _inside(cue, position), transport.rate_permille)
    return _revised(replace(transport, status="playing", current=cue, next=None, is_settled=False, anchor=line))


def cue_up(transport: Transport, cue: Cue, position: Micros, at: Micros) -> Transport:
    """Have `cue` ready at `position`, paused: listeners fetch it and wait for the start. What follows is open again."""
    line = Anchor(at, _inside(cue, position), 0)
    return _revised(replace(transport, status="paused", current=cue, next=None, is_settled=False, anchor=line))


def resume(transport: Transport, start_at: Micros) -> Transport:
    """Go on where the room is paused, at `start_at`.

    At the end of `current` this means the next entry if one is announced, else the same one again from its start.
    Unchanged if the room plays already or is empty.
    """
    if transport.status != "paused" or transport.current is None:
        return transport
    if is_at_end(transport):
        return play(transport, transport.next or transport.current, Micros(0), start_at)
    return _on_line(transport, transport.anchor.position, start_at)


def pause(transport: Transport, at: Micros) -> Transport:
    """Stop at `at`. Unchanged unless the room plays.

    If a boundary lies before `at`, the pause falls into the entry behind it. A start that lies after `at` never
    happens: the room is paused where it would have begun.
    """
    if transport.status != "playing":
        return transport
    there = advance(transport, at)
    if there.status != "playing":
        return there
    line = Anchor(at, position_at(there, at), 0)
    return _revised(replace(there, status="paused", is_settled=False, anchor=line))


def seek(transport: Transport, position: Micros, at: Micros) -> Transport:
    """Go to `position` of `current` at the instant `at`, playing or paused. Unchanged when empty.

    It stays in `current` even if the boundary lies before `at`: that is the entry the person saw. A start that is still
    to come keeps its instant: moving it forward would break what everybody prepares for.
    """
    if transport.current is None:
        return transport
    if transport.status == "paused":
        return _revised(replace(transport, anchor=Anchor(at, _inside(transport.current, position), 0)))
    return _on_line(transport, position, Micros(max(at, transport.anchor.at)))


def set_vibe(transport: Transport, vibe: Vibe, at: Micros) -> Transport:
    """Bend what plays by `vibe` from `at` on; clamped to what a room can have.

    While paused or empty it is kept for later. Unchanged if it is the room's vibe already.
    """
    wanted = vibe.clamped
    if wanted == transport.vibe:
        return transport
    there = advance(transport, at)
    bent = replace(
        there,
        rate_permille=wanted.tempo_permille,
        pitch_cents=wanted.pitch_cents,
        keeps_formants=wanted.keeps_formants,
    )
    if there.status != "playing":
        return _revised(bent)
    # As in `seek`: a start that is still to come keeps its instant.
    return _on_line(bent, position_at(there, at), Micros(max(at, there.anchor.at)))


def expect(transport: Transport, cue: Cue | None) -> Transport:
    """Announce what would follow as things stand. Unchanged if that is announced already or `next` is settled."""
    if transport.is_settled or transport.next == cue:
        return transport
    return _revised(replace(transport, next=cue))


def settle(transport: Transport, cue: Cue | None) -> Transport:
    """Announce what follows for good, `SETTLE_AHEAD` before the boundary. None: nothing follows.

    Unchanged if exactly that is settled already. Settling something else replaces it; do that only for an entry that
    turned out unplayable, since a listener who misses this record goes on to the old one.
    """
    if transport.is_settled and transport.next == cue:
        return transport
    return _revised(replace(transport, next=cue, is_settled=True))


def with_frames(transport: Transport, entry: str, frames: SampleCount) -> Transport:
    """The exact length of `entry` became known. Unchanged if it is neither current nor next, or the length is no news.

    If the line is beyond the end already, the boundary lies in the past and `advance` goes over it.
    """
    current, following = _measured(transport.current, entry, frames), _measured(transport.next, entry, frames)
    if current == transport.current and following == transport.next:
        return transport
    return _revised(replace(transport, current=current, next=following))


def advance(transport: Transport, now: Micros, following: Sequence[Cue] = ()) -> Transport:
    """Go over every boundary at or before `now`; unchanged if there is none.

    Each entry starts exactly where the one before ended: position 0 at its boundary, whenever this is called.

    Args:
        transport: The record as it stands.
        now: Present instant.
        following: Entries behind `next` in their order. The first that is not used up becomes the new, unsettled
            `next`. Only needed if more than one boundary may have passed, as after a restart.

    Returns:
        The record that holds at `now`. Where nothing follows (or the queue ran out) the room is paused at the end of
        the last entry, with `next` None: nothing was cleared, so that resuming can play it again or go on to something
        added since.
    """
    waiting = list(following)
    there = transport
    while there.boundary_at is not None and there.boundary_at <= now:
        boundary = there.boundary_at
        if there.next is None:
            line = Anchor(boundary, _inside(there.current, there.anchor.position_at(boundary)), 0)
            return _revised(replace(there, status="paused", is_settled=False, anchor=line))
        line = Anchor(boundary, Micros(0), there.rate_permille)
        upcoming = waiting.pop(0) if waiting else None
        there = _revised(replace(there, current=there.next, next=upcoming, is_settled=False, anchor=line))
    return there


def re_anchored(transport: Transport, clock_epoch: str, owner_term: int, shift: Micros) -> Transport:
    """The same playback on another timebase, under another owner: every instant moves by `shift`."""
    line = replace(transport.anchor, at=Micros(transport.anchor.at + shift))
    return _revised(replace(transport, clock_epoch=clock_epoch, owner_term=owner_term, anchor=line))


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _inside(cue: Cue | None, position: Micros) -> Micros:
    if cue is None:
        return Micros(0)
    length = length_of(cue)
    return Micros(max(0, position if length is None else min(position, length)))


def _measured(cue: Cue | None, entry: str, frames: SampleCount) -> Cue | None:
    return replace(cue, frames=frames) if cue is not None and cue.entry == entry else cue


def _revised(transport: Transport) -> Transport:
    """The next record: its boundary follows from its line, so no command can forget it."""
    boundary = boundary_of(transport.current, transport.anchor) if transport.status == "playing" else None
    return replace(transport, revision=transport.revision + 1, boundary_at=boundary)


def _on_line(transport: Transport, position: Micros, at: Micros) -> Transport:
    """`current` from `position` on, beginning at `at`. A settled `next` stays so if the new boundary is as near."""
    line = Anchor(at, _inside(transport.current, position), transport.rate_permille)
    boundary = boundary_of(transport.current, line)
    is_near = boundary is not None and boundary - at <= SETTLE_AHEAD
    settled = transport.is_settled and is_near
    return _revised(replace(transport, status="playing", is_settled=settled, anchor=line))
