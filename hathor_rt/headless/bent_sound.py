"""Sounds by name: a track as it was recorded, or one of its bent renditions.

Frame n of a rendition at tempo t is the sound at frame n * t of the recording, exactly (`media/bend.py`). So a line of the
room, which counts frames of the recording, moves through the rendition at the recorded speed: what bends is not the player
but its sound.
"""

from typing import Final

from hathor_rt.headless.lines import Piece
from media.bend import PLAIN, Bend
from sync.timeline.transport import Cue
from sync.timeline.vibe import Vibe

_SEPARATOR: Final = "~"


def piece_of(cue: Cue, vibe: Vibe) -> Piece:
    """The entry `cue` as a room with `vibe` has it sound."""
    bend = Bend(vibe.tempo_permille, vibe.pitch_cents, vibe.keeps_formants).normal
    if bend.is_plain:
        return Piece(cue.entry, cue.track, cue.frames)
    wish = (bend.tempo_permille, bend.pitch_cents, int(bend.keeps_formants))
    name = _SEPARATOR.join([cue.track, *map(str, wish)])
    return Piece(cue.entry, name, bend.frames_of(cue.frames), bend.tempo_permille / 1000)


def track_of(sound: str) -> str:
    """The track of a sound."""
    return sound.partition(_SEPARATOR)[0]


def bend_of(sound: str) -> Bend:
    """What is done to that track."""
    if _SEPARATOR not in sound:
        return PLAIN
    tempo, pitch, formants = map(int, sound.split(_SEPARATOR)[1:])
    return Bend(tempo, pitch, formants == 1)
