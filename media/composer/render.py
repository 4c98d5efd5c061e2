"""Rendering a song, or some bars of it, to stems and mix."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from media.composer.mixdown import Desk, mastered, stems_of, summed
from media.composer.part import Part, Stem
from media.composer.rhythm import beat_seconds
from media.composer.samples import Audio, frames_of
from media.composer.score import Key, span
from media.composer.song import Song

COMPOSER_VERSION: Final = 1
"""Raise when any song sounds different from before: files made by another version are rendered again."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A song as sound, with what is known about it because it was written and not measured.

    Attributes:
        stems: drums, bass, other and vocals; each float32, shape (2, frames), 48 kHz.
        mix: Their sum, -14 LUFS, true peak at most -1 dB.
        tempo_bpm: Beats per minute.
        key: Tonic and mode.
        beats: Instants of all beats in seconds.
        sections: Name and start in seconds of every section.
    """

    stems: Mapping[Stem, Audio]
    mix: Audio
    tempo_bpm: float
    key: Key
    beats: tuple[float, ...]
    sections: tuple[tuple[str, float], ...]


def render(song: Song, *, first_bar: int = 0, bars: int | None = None) -> Rendered:
    """Play `song`, or `bars` bars of it from `first_bar` on.

    The same song gives the same samples on every run with the same library versions. An excerpt is mixed and mastered
    by itself, so it is not a cut-out of the whole song.
    """
    beats_per_bar = song.form.beats_per_bar
    last_bar = song.form.bars if bars is None else min(song.form.bars, first_bar + bars)
    bar_count = last_bar - first_bar
    if first_bar < 0 or bar_count < 1:
        raise ValueError(f"bars {first_bar} to {last_bar} are outside of a song of {song.form.bars} bars")
    whole = bars is None
    ring_seconds = song.ring_seconds if whole else min(1.0, song.ring_seconds)
    desk = Desk(
        tempo=song.tempo,
        beats_per_bar=beats_per_bar,
        seed=song.seed,
        frames=frames_of(song.tempo.seconds(bar_count * beats_per_bar) + ring_seconds),
        hall=song.hall,
        echo_beats=song.echo_beats,
    )
    parts = [_excerpt(part, first_bar, last_bar, beats_per_bar) for part in song.write(song.form)]
    stems = mastered(stems_of(parts, desk), fade_out_seconds=ring_seconds * 0.9)
    return Rendered(
        stems=stems,
        mix=summed(stems),
        tempo_bpm=song.tempo_bpm,
        key=song.key,
        beats=beat_seconds(song.tempo, bar_count * beats_per_bar),
        sections=tuple(
            (name, desk.second_of_bar(bar - first_bar))
            for name, bar in song.form.starts()
            if first_bar <= bar < last_bar
        ),
    )


def _excerpt(part: Part, first_bar: int, last_bar: int, beats_per_bar: int) -> Part:
    return replace(
        part,
        notes=span(part.notes, first_bar * beats_per_bar, last_bar * beats_per_bar),
        levels_db=tuple((bar - first_bar, level) for bar, level in part.levels_db),
        tops_hz=tuple((bar - first_bar, hz) for bar, hz in part.tops_hz),
    )
