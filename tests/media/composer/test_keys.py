import numpy as np
import pytest

from media.composer.instrument import Instrument
from media.composer.keys import ElectricPiano, FeltPiano
from media.composer.rhythm import Event


def brightness(instrument: Instrument, velocity: float) -> float:
    sound = instrument.play([Event(0, 1.0, 60, velocity, "")], 48_000, np.random.default_rng(1)).mean(axis=0)
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(sound.size, 1 / 48_000)
    return float((spectrum * hertz).sum() / spectrum.sum())


@pytest.mark.parametrize("instrument", [ElectricPiano(), FeltPiano()])
def test_a_harder_stroke_is_brighter(instrument: Instrument) -> None:
    assert brightness(instrument, 1.0) > 1.15 * brightness(instrument, 0.2)


def test_the_tremolo_moves_between_the_sides() -> None:
    sound = ElectricPiano(tremolo_hz=2.0, depth=0.6).play(
        [Event(0, 2.0, 60, 0.6, "")], 96_000, np.random.default_rng(1)
    )
    balance = np.array([sound[0, n : n + 4800].std() / sound[1, n : n + 4800].std() for n in range(0, 90_000, 4800)])
    assert balance.max() > 1.4
    assert balance.min() < 0.7


def test_the_felt_piano_has_its_low_notes_left() -> None:
    low = FeltPiano(1.0).play([Event(0, 0.5, 40, 0.6, "")], 24_000, np.random.default_rng(1))
    high = FeltPiano(1.0).play([Event(0, 0.5, 84, 0.6, "")], 24_000, np.random.default_rng(1))
    assert low[0].std() > low[1].std()
    assert high[0].std() < high[1].std()


def test_the_damper_ends_a_note() -> None:
    sound = FeltPiano(damper=0.2).play([Event(0, 0.3, 60, 0.6, "")], 48_000, np.random.default_rng(1))
    assert not np.any(sound[:, 25_000:])
