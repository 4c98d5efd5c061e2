import numpy as np
import pytest

from media.composer.pluck import Body, Pluck
from media.composer.rhythm import Event


def test_notes_alternate_between_the_sides() -> None:
    events = [Event(n * 0.5, 0.2, 64, 0.7, "") for n in range(4)]
    sound = Pluck("kalimba", width=1.0, damper=0.1).play(events, 96_000, np.random.default_rng(1))
    leans = [
        sound[0, n * 24_000 : n * 24_000 + 9600].std() > sound[1, n * 24_000 : n * 24_000 + 9600].std()
        for n in range(4)
    ]
    assert leans == [True, False, True, False]


@pytest.mark.parametrize("body", ["nylon", "kalimba", "music box", "marimba", "synth"])
def test_a_plucked_note_is_loudest_at_its_start(body: Body) -> None:
    sound = Pluck(body).play([Event(0, 1.0, 64, 0.7, "")], 48_000, np.random.default_rng(1))
    assert np.abs(sound[:, :9600]).max() > 2 * np.abs(sound[:, 36_000:]).max()
