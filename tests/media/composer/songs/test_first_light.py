from media.composer.songs.first_light import FORM, SONG


def test_the_sun_is_where_the_voice_is() -> None:
    notes = [note for part in SONG.write(FORM) if part.name == "voice" for note in part.notes]
    sun = next(bar for name, bar in FORM.starts() if name == "sun") * 4
    assert min(note.beat for note in notes) == sun
