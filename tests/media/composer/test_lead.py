import numpy as np
import pytest

from media.composer.lead import Lead, gliding_pitch
from media.composer.rhythm import Event


def test_a_glide_arrives() -> None:
    pitch = gliding_pitch(60, 67, 48_000, 0.1, 5, 0)
    assert pitch[0] == pytest.approx(60)
    assert pitch[4800] == pytest.approx(67, abs=0.5)
    assert pitch[-1] == pytest.approx(67, abs=1e-3)


def test_vibrato_waits_for_long_notes() -> None:
    pitch = gliding_pitch(60, 60, 48_000, 0.05, 5, 30)
    assert np.ptp(pitch[:10_000]) < 0.01
    assert np.ptp(pitch[36_000:]) == pytest.approx(0.6, abs=0.05)


def test_only_touching_notes_glide() -> None:
    touching = [Event(0, 0.5, 60, 0.7, ""), Event(0.5, 0.5, 72, 0.7, "")]
    apart = [Event(0, 0.3, 60, 0.7, ""), Event(0.5, 0.5, 72, 0.7, "")]
    lead = Lead("soft", glide=0.2, release=0.02)
    one, two = (lead.play(events, 48_000, np.random.default_rng(1))[0, 26_000:30_000] for events in (touching, apart))
    crossings = [int(np.sum(np.diff(np.signbit(sound)))) for sound in (one, two)]
    assert crossings[0] < crossings[1]
