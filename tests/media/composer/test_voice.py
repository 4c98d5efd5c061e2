import numpy as np
import pytest

from media.composer.rhythm import Event
from media.composer.voice import VOWELS, Singer, phrases


def band(sound: np.ndarray, low: float, high: float) -> float:
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(sound.size, 1 / 48_000)
    return float(spectrum[(hertz >= low) & (hertz < high)].sum())


def sung(syllable: str, pitch: float = 57, seconds: float = 0.9, singer: Singer | None = None) -> np.ndarray:
    played = (singer or Singer()).play([Event(0.05, seconds, pitch, 0.8, syllable)], 48_000, np.random.default_rng(2))
    return np.asarray(played[0])


def test_ah_is_open_and_oo_is_dark() -> None:
    ah, oo = sung("ah"), sung("oo")
    assert band(ah, 700, 1400) / band(ah, 100, 500) > 10 * band(oo, 700, 1400) / band(oo, 100, 500)


def test_high_oo_keeps_its_strength() -> None:
    """The first formant follows the pitch; at 325 Hz it would leave A4 without a fundamental."""
    low, high = sung("oo", 62), sung("oo", 71)
    assert high.std() > 0.4 * low.std()


def test_m_hums_before_the_vowel() -> None:
    mah = sung("mah", singer=Singer(breath=0.0))
    humming, open_mouth = mah[2400:5000], mah[20_000:22_600]
    assert band(humming, 700, 1400) / band(humming, 100, 500) < 0.3 * band(open_mouth, 700, 1400) / band(
        open_mouth, 100, 500
    )


def test_a_syllable_without_a_vowel_is_refused() -> None:
    with pytest.raises(ValueError, match="no vowel"):
        sung("brr")


def test_a_pause_begins_a_new_phrase() -> None:
    line = [Event(0, 0.5, 60, 0.8, "ah"), Event(0.5, 0.5, 62, 0.8, "ah"), Event(1.5, 0.5, 60, 0.8, "ah")]
    assert [len(phrase) for phrase in phrases(line)] == [2, 1]


def test_no_two_singers_are_alike() -> None:
    events = [Event(0.1, 0.8, 60, 0.8, "ah")]
    choir = Singer(3, width=1.0).play(events, 48_000, np.random.default_rng(2))
    assert np.asarray(np.corrcoef(choir))[0, 1] < 0.95


def test_breath_is_heard_above_the_voice() -> None:
    quiet, airy = sung("ah", singer=Singer(breath=0.0)), sung("ah", singer=Singer(breath=1.0))
    assert band(airy, 100, 12_000) != band(quiet, 100, 12_000)
    between = [(p + 0.4) * 220 for p in range(2, 6)]
    noise = [sum(band(sound, hz, hz + 40) for hz in between) / band(sound, 100, 12_000) for sound in (quiet, airy)]
    assert noise[1] > 3 * noise[0]


@pytest.mark.parametrize("vowel", VOWELS)
def test_every_vowel_has_five_rising_formants(vowel: str) -> None:
    hertz = [formant[0] for formant in VOWELS[vowel]]
    assert len(hertz) == 5
    assert hertz == sorted(hertz)
