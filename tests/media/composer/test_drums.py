from itertools import pairwise

import numpy as np
import pytest

from media.composer.drums import Drums, Kit
from media.composer.rhythm import Event

KITS: tuple[Kit, ...] = ("soft", "dusty", "club", "retro", "brushes", "break")


def hit(kit: Kit, drum: str, tonic: int = 0, velocity: float = 0.8, times: int = 1) -> np.ndarray:
    events = [Event(n * 0.5, 0.1, 60, velocity, drum) for n in range(times)]
    return Drums(kit, tonic=tonic).play(events, 24_000 * times, np.random.default_rng(3))


def centre_hz(sound: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(sound.mean(axis=0))) ** 2
    return float((spectrum * np.fft.rfftfreq(sound.shape[1], 1 / 48_000)).sum() / spectrum.sum())


@pytest.mark.parametrize("kit", KITS)
def test_kick_is_low_snare_in_the_middle_hat_on_top(kit: Kit) -> None:
    kick, snare, hat = (centre_hz(hit(kit, drum)) for drum in ("kick", "snare", "hat"))
    assert kick < 220 < snare < 5000 < hat


@pytest.mark.parametrize("drum", ["kick", "snare"])
def test_the_middle_of_the_kit_is_mono(drum: str) -> None:
    sound = hit("club", drum)
    assert np.array_equal(sound[0], sound[1])


def test_no_two_hits_in_a_row_are_the_same() -> None:
    sound = hit("club", "snare", times=6)
    hits = [sound[0, n * 24_000 : (n + 1) * 24_000].tobytes() for n in range(6)]
    assert all(one != two for one, two in pairwise(hits))


@pytest.mark.parametrize(("tonic", "classes"), [(2, {2, 9}), (6, {6, 1})])
def test_the_kick_is_tuned_to_the_song(tonic: int, classes: set[int]) -> None:
    sound = hit("soft", "kick", tonic)[0, 7200:]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), 1 << 19))
    hertz = float(np.fft.rfftfreq(1 << 19, 1 / 48_000)[spectrum.argmax()])
    assert round(12 * np.log2(hertz / 440) + 69) % 12 in classes


def test_soft_strokes_are_softer() -> None:
    assert np.abs(hit("club", "kick", velocity=0.3)).max() < 0.5 * np.abs(hit("club", "kick", velocity=1.0)).max()
