from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.composer.harmony import QUALITIES, Chord, arpeggiated, bass_line, comped, held, progression, voiced

CADENCE = progression("Dm7:4 G7:4 | Cmaj7:8")
SYMBOLS = st.sampled_from(
    [root + quality for root in ("C", "F#", "Bb", "E") for quality in QUALITIES if quality != "5"]
)


def test_symbols_are_read() -> None:
    assert Chord.parse("Bbmaj9") == Chord(10, (0, 4, 7, 11, 14), 10)
    assert Chord.parse("D/F#") == Chord(2, (0, 4, 7), 6)
    assert Chord.parse("F6/9").pitch_classes == (5, 9, 0, 2, 7)


@pytest.mark.parametrize("symbol", ["H", "Cfoo", "C/H", "x"])
def test_what_is_no_chord_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="not a chord symbol"):
        Chord.parse(symbol)


def test_a_progression_has_its_beats() -> None:
    assert [(h.beat, h.length) for h in CADENCE] == [(0, 4), (4, 4), (8, 8)]


@settings(max_examples=20, deadline=None)
@given(st.lists(SYMBOLS, min_size=1, max_size=6))
def test_voices_stay_in_range_and_say_the_chord(symbols: list[str]) -> None:
    for harmony in voiced(progression(" ".join(f"{symbol}:4" for symbol in symbols)), 50, 71, 4):
        assert len(harmony.pitches) == 4
        assert all(50 <= pitch <= 71 for pitch in harmony.pitches)
        assert {pitch % 12 for pitch in harmony.pitches} == set(harmony.chord.colour(4))


def test_voices_move_by_small_steps() -> None:
    chords = voiced(CADENCE, 50, 71, 4)
    for before, after in pairwise(chords):
        assert sum(abs(a - b) for a, b in zip(before.pitches, after.pitches, strict=True)) <= 6


def test_colour_keeps_third_and_seventh() -> None:
    assert Chord.parse("C9").colour(3) == (4, 10, 2)
    assert Chord.parse("C").colour(4) == (0, 4, 7)


def test_too_narrow_a_range_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        voiced(CADENCE, 60, 63, 4)


def test_held_chords_fill_their_time() -> None:
    passage = held(voiced(CADENCE, 50, 71))
    assert passage.beats == 16
    assert len(passage.notes) == 12


def test_comping_follows_its_rhythm() -> None:
    strokes = comped(voiced(progression("C:4"), 50, 71, 3), "x--.o-X.", 0.5, 0.5)
    assert sorted({(n.beat, n.length) for n in strokes.notes}) == [(0, 1.5), (2, 1), (3, 0.5)]
    assert max(n.velocity for n in strokes.notes) == pytest.approx(0.6)


def test_an_arpeggio_counts_on_above_the_top() -> None:
    chord = voiced(progression("C:2"), 60, 71, 3)
    line = arpeggiated(chord, (0, -1, 3, 2), 0.5)
    assert [n.beat for n in line.notes] == [0, 1, 1.5]
    assert line.notes[1].pitch == line.notes[0].pitch + 12


def test_a_bass_knows_its_steps_and_the_next_chord() -> None:
    line = bass_line(progression("Am:4 Dm:4"), "1:1 5:1 8:1 a:1", low=33)
    assert [n.pitch for n in line.notes[:4]] == [33, 40, 45, 37]
    assert all(n.beat + n.length <= 8 for n in line.notes)
