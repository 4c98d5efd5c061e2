from media.composer.songs.northbound import FORM, SONG


def test_the_snare_falls_on_two_and_four() -> None:
    drums = next(part for part in SONG.write(FORM) if part.name == "drums")
    snares = [n.beat % 4 for n in drums.notes if n.syllable == "snare" and n.velocity == 1.0]
    assert set(snares) == {1.0, 3.0}
