import pytest

from media.composer.score import (
    Form,
    Key,
    Note,
    Passage,
    Section,
    chain,
    melody,
    pitch_number,
    repeated,
    rest,
    shifted,
    span,
    transposed,
)  # fmt: skip

FORM = Form((Section("a", 1), Section("b", 2), Section("a", 1)))
ONE = Passage(2, (Note(0, 2, 60),))


@pytest.mark.parametrize(("name", "number"), [("A4", 69), ("C4", 60), ("Bb3", 58), ("F#5", 78), ("C-1", 0)])
def test_written_pitches_have_their_midi_numbers(name: str, number: int) -> None:
    assert pitch_number(name) == number


@pytest.mark.parametrize("name", ["H4", "A", "4", ""])
def test_nonsense_is_no_pitch(name: str) -> None:
    with pytest.raises(ValueError, match="expected a pitch"):
        pitch_number(name)


def test_a_melody_is_read_with_rests_stress_and_vowels() -> None:
    line = melody("A4:1.5/oo -:.5 | C5:1! B4:1?/ah", velocity=0.5)
    assert line.beats == 4
    assert [(n.beat, n.length, n.pitch, n.syllable) for n in line.notes] == [
        (0, 1.5, 69, "oo"),
        (2, 1, 72, "oo"),
        (3, 1, 71, "ah"),
    ]
    assert [n.velocity for n in line.notes] == pytest.approx([0.5, 0.6, 0.35])


def test_a_passage_fills_every_section_of_its_name() -> None:
    notes = FORM.over("a", ONE)
    assert [note.beat for note in notes] == [0, 2, 12, 14]


def test_an_unknown_section_is_a_mistake_of_the_writer() -> None:
    with pytest.raises(ValueError, match="no section 'c'"):
        FORM.over("a c", ONE)


def test_repetition_cuts_what_passes_the_end() -> None:
    assert [(n.beat, n.length) for n in repeated(ONE, 3)] == [(0, 2), (2, 1)]


def test_a_form_counts_its_bars() -> None:
    assert FORM.bars == 4
    assert FORM.starts() == (("a", 0), ("b", 1), ("a", 3))


def test_a_chain_is_as_long_as_its_links() -> None:
    both = chain(rest(3), ONE)
    assert both.beats == 5
    assert both.notes[0].beat == 3


def test_transposing_moves_pitch_and_scales_velocity() -> None:
    note = transposed(ONE, 7, 0.5).notes[0]
    assert (note.pitch, note.velocity) == (67, 0.4)


def test_an_excerpt_counts_from_its_own_start() -> None:
    notes = span(shifted(ONE.notes, 5), 4, 6)
    assert [(n.beat, n.length) for n in notes] == [(1, 1)]


def test_a_key_says_its_name() -> None:
    assert (Key("F#", "minor").name, Key("F#", "minor").pitch_class) == ("F# minor", 6)
