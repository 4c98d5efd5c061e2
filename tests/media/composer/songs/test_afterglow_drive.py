from media.composer.songs.afterglow_drive import FORM, SONG


def test_the_lead_is_kept_for_the_chorus() -> None:
    lead = next(part for part in SONG.write(FORM) if part.name == "lead")
    choruses = [range(bar * 4, (bar + 8) * 4) for name, bar in FORM.starts() if name == "chorus"]
    assert all(any(int(note.beat) in chorus for chorus in choruses) for note in lead.notes)
