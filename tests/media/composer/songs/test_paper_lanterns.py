from media.composer.songs.paper_lanterns import FORM, SONG


def test_the_break_has_no_drums() -> None:
    bar = next(bar for name, bar in FORM.starts() if name == "break")
    drums = next(part for part in SONG.write(FORM) if part.name == "drums")
    assert not any(bar * 4 <= note.beat < (bar + 4) * 4 for note in drums.notes)
