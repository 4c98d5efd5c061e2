import pytest

from media.composer.part import STEMS
from media.stems.training_songs import FIRST_HELD_OUT_SEED, training_song

SEEDS = (0, 1, 2, 3, 17, FIRST_HELD_OUT_SEED, FIRST_HELD_OUT_SEED + 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_song_has_every_stem_and_fits_its_form(seed: int) -> None:
    song = training_song(seed)
    parts = song.write(song.form)
    assert {part.stem for part in parts} == set(STEMS)
    assert len({part.name for part in parts}) == len(parts)
    beats = song.form.bars * song.form.beats_per_bar
    for part in parts:
        assert part.notes
        assert all(0 <= note.beat < beats for note in part.notes)


def test_a_seed_always_gives_the_same_song_and_another_seed_another() -> None:
    told = {}
    for seed in SEEDS:
        song, again = training_song(seed), training_song(seed)
        assert song.write(song.form) == again.write(again.form)
        assert song.tempo_bpm == again.tempo_bpm
        told[song.write(song.form)] = song.tempo_bpm
    assert len(told) == len(SEEDS)


def test_what_is_drawn_varies() -> None:
    songs = [training_song(seed) for seed in range(60)]
    assert len({song.key for song in songs}) > 15
    assert min(song.tempo_bpm for song in songs) < 80
    assert max(song.tempo_bpm for song in songs) > 160
    assert {song.form.beats_per_bar for song in songs} == {3, 4}
    kinds = {type(part.instrument).__name__ for song in songs for part in song.write(song.form)}
    assert kinds >= {"Pad", "ElectricPiano", "FeltPiano", "Pluck", "Lead", "Texture", "Singer", "Drums", "Bass"}
