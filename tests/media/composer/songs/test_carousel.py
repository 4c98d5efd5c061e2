from media.composer.songs.carousel import FORM, SONG


def test_a_waltz_has_three_beats_and_the_bass_plays_the_first() -> None:
    assert FORM.beats_per_bar == 3
    bass = next(part for part in SONG.write(FORM) if part.name == "bass")
    assert all(note.beat % 3 in (0, 2) for note in bass.notes)
