"""The figures are right about damage whose size is known, and about the ideal."""

import numpy as np
import pytest

from loadtests.media import metrics
from loadtests.media.signals import RATE_HZ, Rendering, Score, chords, hits, sine, vowels


@pytest.mark.parametrize("score", [sine, hits, chords, vowels])
@pytest.mark.parametrize("tempo", [0.5, 2.0])
def test_signals_are_what_their_seed_says(score: Score, tempo: float) -> None:
    one, again, other = (score(seed, tempo, 1.0) for seed in (1, 1, 2))
    assert np.array_equal(one.samples, again.samples)
    assert not np.array_equal(one.samples, other.samples)
    assert one.samples.shape == (2, round(5 * RATE_HZ / tempo))
    assert 0.01 < np.abs(one.samples).max() < 1.2


def test_the_ideal_has_no_faults() -> None:
    tone, bursts, music = sine(1, 0.8, 1.0), hits(1, 0.8, 1.0), chords(1, 0.8, 1.0)
    assert metrics.signal_to_noise_db(tone.samples, tone.hertz) > 130
    assert metrics.stereo_phase_degrees(tone.samples, tone) == 0
    assert metrics.cents(tone.samples, tone.hertz) < 1e-3
    assert metrics.doubled_and_lost(bursts.samples, bursts) == (0, 0)
    assert metrics.hit_offset_ms(bursts.samples, bursts) == 0
    assert metrics.pre_echo_db(bursts.samples, bursts.hits) < -60
    assert metrics.spectral_convergence(music.samples, music.samples) == 0
    assert metrics.mel_distance_db(music.samples, music.samples) == 0


def test_noise_counts_against_a_tone() -> None:
    tone = sine(2, 1.0, 1.0)
    noise = np.random.default_rng(1).standard_normal(tone.samples.shape)
    level = np.sqrt((tone.samples**2).mean(axis=1, keepdims=True)) * 0.001
    assert metrics.signal_to_noise_db(tone.samples + noise * level, tone.hertz) == pytest.approx(60, abs=0.1)


def test_a_detuned_tone_is_off_by_its_cents() -> None:
    tone = sine(3, 1.0, 1.0)
    assert metrics.cents(sine(3, 1.0, 2 ** (3 / 1200)).samples, tone.hertz) == pytest.approx(3, abs=0.01)


def test_a_delayed_channel_has_another_phase() -> None:
    tone = sine(4, 1.0, 1.0)
    late = tone.samples.copy()
    late[1] = np.roll(late[1], 1)
    expected = 360 * tone.hertz / RATE_HZ
    assert metrics.stereo_phase_degrees(late, tone) == pytest.approx(expected, rel=1e-3)


def test_hits_too_many_and_too_few_are_counted() -> None:
    bursts = hits(5, 1.0, 1.0)
    gaps = np.flatnonzero(np.diff(bursts.hits) > 0.2 * RATE_HZ)
    damaged = bursts.samples.copy()
    one = bursts.hits[gaps[0]]
    damaged[:, one + 4410 : one + 6810] += bursts.samples[:, one : one + 2400]
    assert metrics.doubled_and_lost(damaged, bursts) == (1, 0)
    damaged[:, one : one + 600] = 0
    assert metrics.doubled_and_lost(damaged, bursts)[1] == 1


def test_an_echo_before_a_hit_has_its_level() -> None:
    samples = np.zeros((2, RATE_HZ), np.float32)
    samples[:, 20_000] = 1
    samples[:, 19_000] = 0.1
    assert metrics.pre_echo_db(samples, np.array([20_000])) == pytest.approx(-20, abs=0.01)


def test_a_hit_that_is_late_is_off_by_that() -> None:
    bursts = hits(6, 1.0, 1.0)
    assert metrics.hit_offset_ms(np.roll(bursts.samples, 44, axis=1), bursts) == pytest.approx(1, abs=0.01)


def test_all_of_it_halved_is_six_decibels() -> None:
    music = chords(7, 1.0, 1.0).samples
    assert metrics.spectral_convergence(music * np.float32(0.5), music) == pytest.approx(0.5, abs=1e-3)
    loud = np.random.default_rng(1).standard_normal((2, RATE_HZ)).astype(np.float32)
    assert metrics.mel_distance_db(loud * np.float32(0.5), loud) == pytest.approx(6.02, abs=0.01)
    assert metrics.identity_db(music * np.float32(1.001), music) == pytest.approx(60, abs=0.1)


def test_length_is_compared_with_the_ideal() -> None:
    rendering = Rendering(np.zeros((2, 44_100), np.float32), np.zeros(0, np.int64))
    assert metrics.length_error_ms(np.zeros((2, 44_541), np.float32), rendering.samples) == pytest.approx(10)
