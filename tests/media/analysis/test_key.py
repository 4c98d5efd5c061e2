import numpy as np
import pytest

from media.analysis.key import TONICS, FoundKey, KeyMeter, Mode, find_key
from media.composer.harmony import bass_line, held, progression, voiced
from tests.media.analysis.test_chroma import chord

CADENCES: dict[Mode, str] = {"major": "C:2 F:2 G7:2 C:2", "minor": "Cm:2 Fm:2 G7:2 Cm:2"}


@pytest.mark.parametrize("mode", CADENCES)
@pytest.mark.parametrize("tonic", range(12))
def test_a_cadence_has_its_key(tonic: int, mode: Mode) -> None:
    meter = KeyMeter()
    chords = progression(CADENCES[mode])
    notes = held(voiced(chords, 55, 76)).notes + bass_line(chords, "1:2").notes
    for beat in sorted({note.beat for note in notes}):
        meter.add(chord([note.pitch + tonic for note in notes if note.beat == beat], seconds=1.5, partials=4))
    findings = meter.findings()
    assert findings["key"] == f"{TONICS[tonic]} {mode}"
    assert isinstance(findings["key_confidence"], float)
    assert findings["key_confidence"] > 0.2


def test_nothing_has_no_key() -> None:
    assert find_key(np.zeros((2, 12))) is None
    assert find_key(np.ones((2, 12))) is None
    assert KeyMeter().findings() == {}


def test_one_fifth_alone_is_an_uncertain_key() -> None:
    everything = np.zeros(12)
    everything[[0, 7]] = 1
    found = find_key(np.stack([np.zeros(12), everything]))
    assert found is not None
    assert found.pitch_class == 0
    assert found.confidence < 0.5


def test_a_key_has_a_name() -> None:
    assert FoundKey(6, "minor", 1.0).name == "F# minor"
