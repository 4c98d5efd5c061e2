"""A song of the library: its facts, and how it is written down."""

from collections.abc import Callable
from dataclasses import dataclass

from media.composer.part import Part
from media.composer.reverb import Hall
from media.composer.rhythm import Tempo
from media.composer.score import Form, Key


@dataclass(frozen=True, slots=True)
class Song:
    """A song. What stands here is true of the sound: tests measure tempo, key, length and loudness.

    Attributes:
        number: Track number, from 1.
        title: Of the song.
        artist: An invented name.
        album: Of the collection.
        genre: One word or two.
        mood: Picks the colours of the cover.
        tempo_bpm: Beats per minute, constant.
        key: Tonic and mode.
        seed: Of every unevenness, and of the cover.
        form: Sections and metre.
        write: Makes the arrangement.
        hall: The room it is played in.
        echo_beats: Distance of echoes.
        ring_seconds: What may ring out after the last bar.
    """

    number: int
    title: str
    artist: str
    album: str
    genre: str
    mood: str
    tempo_bpm: float
    key: Key
    seed: int
    form: Form
    write: Callable[[Form], tuple[Part, ...]]
    hall: Hall
    echo_beats: float = 0.75
    ring_seconds: float = 5.0

    @property
    def tempo(self) -> Tempo:
        """For conversions between beats and seconds."""
        return Tempo(self.tempo_bpm)

    @property
    def seconds(self) -> float:
        """Length with what rings out."""
        return self.tempo.seconds(self.form.bars * self.form.beats_per_bar) + self.ring_seconds
