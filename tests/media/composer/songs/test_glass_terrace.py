from media.composer.songs.glass_terrace import FORM, SONG


def test_the_kick_is_on_every_beat_of_a_chorus() -> None:
    bar = next(bar for name, bar in FORM.starts() if name == "chorus")
    drums = next(part for part in SONG.write(FORM) if part.name == "drums")
    kicks = {note.beat for note in drums.notes if note.syllable == "kick"}
    assert {float(beat) for beat in range(bar * 4, (bar + 8) * 4)} <= kicks
