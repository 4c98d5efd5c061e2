import numpy as np

from media.composer.rhythm import Event
from media.composer.texture import Texture


def lasting(kind: str, seconds: float = 2.0) -> np.ndarray:
    return Texture(0.5).play([Event(0, seconds, 60, 1.0, kind)], round(seconds * 48_000), np.random.default_rng(1))


def test_a_riser_rises_and_stops() -> None:
    sound = lasting("riser")
    levels = [sound[:, n * 19_200 : (n + 1) * 19_200].std() for n in range(5)]
    assert levels == sorted(levels)
    assert np.abs(sound[:, -1]).max() < 0.01


def test_a_splash_runs_out() -> None:
    sound = lasting("splash")
    assert sound[:, :9600].std() > 20 * sound[:, -9600:].std()


def test_beds_fade_in_and_out() -> None:
    for kind in ("air", "rain", "vinyl"):
        sound = lasting(kind)
        assert np.abs(sound[:, :480]).max() < 0.2 * np.abs(sound).max()
        assert np.abs(sound[:, -480:]).max() < 0.2 * np.abs(sound).max()
