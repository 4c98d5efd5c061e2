import numpy as np

from media.composer.pad import Pad
from media.composer.rhythm import Event

LONG = Event(0.0, 6.0, 57, 0.8, "")


def test_the_loop_has_no_seam() -> None:
    sound = Pad("warm", 0.1, 0.1).play([LONG], 6 * 48_000, np.random.default_rng(1))
    # The loop is 2.7 s long, so six seconds pass its end at least twice wherever they begin.
    steps = np.abs(np.diff(sound[:, 24_000:-24_000]))
    assert steps.max() < 8 * np.sqrt(np.mean(steps**2))


def test_left_and_right_are_different_rooms_of_one_chord() -> None:
    sound = Pad("strings").play([LONG], 5 * 48_000, np.random.default_rng(1))
    assert abs(np.asarray(np.corrcoef(sound))[0, 1]) < 0.5
    assert 0.7 < sound[0].std() / sound[1].std() < 1.4


def test_a_slow_attack_is_slow() -> None:
    sound = Pad("warm", attack=1.0).play([LONG], 2 * 48_000, np.random.default_rng(1))
    assert sound[:, :9600].std() < 0.2 * sound[:, 48_000:].std()
