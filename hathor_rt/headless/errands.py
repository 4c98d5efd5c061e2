"""What sound a program needs, and in which order to fetch it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hathor_rt.headless.bent_sound import bend_of
from hathor_rt.headless.chunks import ChunkName
from hathor_rt.headless.lines import Line, Program
from hathor_rt.library.ports import Manifest
from sync.units import SAMPLE_RATE

# A server that restarts, or a network hole of that length, stays inaudible.
_AHEAD_FRAMES: Final = 28 * SAMPLE_RATE
# Enough for the start of what follows, until it becomes the current piece.
_OPENING_FRAMES: Final = 8 * SAMPLE_RATE
# Bent sound is made when it is asked for: who drags a slider needs the beginning of every step (0.3 s apart), and more only of
# the last. What is fetched at first outlasts that, and the making of what follows.
_FRESH_AHEAD_FRAMES: Final = 5 * SAMPLE_RATE // 2
_FRESH_FRAMES: Final = 3 * SAMPLE_RATE // 5

# Segments wanted at a time: with what `ChunkStore` holds besides, memory stays bounded however plans change.
MOST_WANTED: Final = 20


@dataclass(frozen=True, slots=True)
class Want:
    """A stretch of a track that will be needed.

    Attributes:
        track: Name of the sound (`bent_sound.py`).
        frame: Its first frame, 0 or more.
        ahead: Frames wanted from there on.
        delay: Output frames until the first of them sounds.
    """

    track: str
    frame: float
    ahead: float
    delay: float


@dataclass(frozen=True, slots=True)
class ManifestErrand:
    """Fetch the manifest of a track. `near_frame`: needed first; moves on while the errand stays the same."""

    track: str
    near_frame: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class SegmentErrand:
    """Fetch a segment."""

    track: str
    index: int


Errand = ManifestErrand | SegmentErrand


def wants_of(program: Program, frame: float) -> list[Want]:
    """What `program` needs from output frame `frame` on.

    Ahead of the current position, at the place of every announced jump, and the opening of the next piece. While paused
    the same is fetched: play is then instant.
    """
    wants: list[Want] = []
    for number, line in enumerate(program):
        if not line.piece.track:
            continue
        begins = max(frame, line.begins)
        ends = program[number + 1].begins if number + 1 < len(program) else math.inf
        position = max(0.0, line.position_at(begins))
        is_over = 0 < line.piece.frames <= position
        is_fresh = not bend_of(line.piece.track).is_plain and frame < line.since + _FRESH_FRAMES
        most = _FRESH_AHEAD_FRAMES if is_fresh else _AHEAD_FRAMES
        ahead = most if line.slope == 0 else min(most, (ends - begins) * line.slope)
        if not is_over and ends > begins:
            wants.append(Want(line.piece.track, position, ahead, begins - frame))
        if ends == math.inf and not is_fresh:
            wants.extend(_opening(line, begins))
    return wants


def _opening(line: Line, frame: float) -> list[Want]:
    if line.following is None or line.piece.frames == 0:
        return []
    beyond = line.position_at(frame) - line.piece.frames
    if beyond >= 0:
        # The line has gone over its boundary already: what follows is what sounds.
        return [Want(line.following.track, beyond, _AHEAD_FRAMES, 0)]
    return [Want(line.following.track, 0, _OPENING_FRAMES, -beyond)]


def wanted_chunks(wants: Sequence[Want], manifests: Mapping[str, Manifest]) -> dict[ChunkName, float]:
    """The `MOST_WANTED` segments needed soonest, with the output frames until each sounds, soonest first."""
    due: dict[ChunkName, float] = {}
    for want in wants:
        manifest = manifests.get(want.track)
        if manifest is None:
            continue
        size, end = manifest.segment_frames, min(want.frame + want.ahead, manifest.frames)
        index = int(want.frame) // size
        while index * size < end:
            name = (want.track, index)
            delay = want.delay + max(0.0, index * size - want.frame)
            due[name] = min(delay, due.get(name, math.inf))
            index += 1
    return dict(sorted(due.items(), key=lambda item: item[1])[:MOST_WANTED])


def errands(
    wants: Sequence[Want], manifests: Mapping[str, Manifest], holds: Callable[[ChunkName], bool]
) -> list[Errand]:
    """Everything that is wanted and not held, soonest needed first.

    A manifest counts as needed when its want begins, since nothing of the track can be fetched without it.
    """
    found: dict[Errand, float] = {}
    named: set[str] = set()
    for want in sorted(wants, key=lambda want: want.delay):
        if want.track not in manifests and want.track not in named:
            named.add(want.track)
            found[ManifestErrand(want.track, int(want.frame))] = want.delay
    for (track, index), delay in wanted_chunks(wants, manifests).items():
        if not holds((track, index)):
            found[SegmentErrand(track, index)] = delay
    return sorted(found, key=found.__getitem__)
