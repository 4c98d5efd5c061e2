"""What every song of the table promises."""

from itertools import pairwise

import pytest

from media.composer.cover import cover_jpeg
from media.composer.pad import Pad
from media.composer.song import Song
from media.composer.songs import SONGS
from media.composer.voice import Singer
from tests.media.composer.listening import best_key, written_histogram

EACH = pytest.mark.parametrize("song", SONGS, ids=lambda song: song.title)


def test_six_songs_are_told_apart_by_everything() -> None:
    assert [song.number for song in SONGS] == list(range(1, len(SONGS) + 1))
    assert len(SONGS) >= 6
    for field in ("title", "artist", "genre", "mood", "tempo_bpm", "key", "seed"):
        assert len({getattr(song, field) for song in SONGS}) == len(SONGS), field


@EACH
def test_a_song_lasts_between_one_and_two_and_a_half_minutes(song: Song) -> None:
    assert 60 <= song.seconds <= 150


@EACH
def test_the_written_notes_are_in_the_key(song: Song) -> None:
    found = best_key(written_histogram(song))
    assert (found.pitch_class, found.mode) == (song.key.pitch_class, song.key.mode)


@EACH
def test_the_form_has_contrasts(song: Song) -> None:
    names = [section.name for section in song.form.sections]
    assert len(names) >= 5
    assert len(set(names)) >= 4


@EACH
def test_all_four_stems_are_played(song: Song) -> None:
    parts = song.write(song.form)
    assert {part.stem for part in parts} == {"drums", "bass", "other", "vocals"}
    assert len({part.name for part in parts}) == len(parts)
    assert all(part.notes for part in parts)


@EACH
def test_no_part_plays_past_the_last_bar(song: Song) -> None:
    beats = song.form.bars * song.form.beats_per_bar
    for part in song.write(song.form):
        assert all(0 <= note.beat < beats for note in part.notes), part.name


@EACH
def test_singers_sing_what_people_can_sing(song: Song) -> None:
    """An alto's range, one note at a time."""
    for part in song.write(song.form):
        if isinstance(part.instrument, Singer):
            assert all(55 <= note.pitch <= 77 for note in part.notes), part.name
            assert all(one.beat + one.length <= two.beat + 1e-6 for one, two in pairwise(part.notes)), part.name


@EACH
def test_chords_are_led_in_small_steps(song: Song) -> None:
    """The pad of each song: from chord to chord no voice leaps more than a fifth inside a section."""
    starts = {bar * song.form.beats_per_bar for _, bar in song.form.starts()}
    for part in song.write(song.form):
        if not isinstance(part.instrument, Pad):
            continue
        chords: dict[float, list[float]] = {}
        for note in part.notes:
            chords.setdefault(note.beat, []).append(note.pitch)
        for (_, one), (beat, two) in pairwise(sorted(chords.items())):
            if beat not in starts and len(one) == len(two):
                assert max(abs(a - b) for a, b in zip(sorted(one), sorted(two), strict=True)) <= 7, (part.name, beat)


@pytest.mark.slow
@EACH
def test_there_is_a_cover_for_its_mood(song: Song) -> None:
    assert cover_jpeg(song).startswith(b"\xff\xd8")
