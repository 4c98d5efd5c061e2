import numpy as np
import pytest
from numpy.typing import NDArray

from media.stretch.vocoder import Vocoder, window_size
from tests.media.sounds import Array
from tests.media.stretch.signals import RATE_HZ, hits, tone, tone_parts

RATES = [0.5, 0.8, 1.25, 2.0]


def stretched(samples: Array, rate: float, seconds: float = 0.093) -> Array:
    vocoder = Vocoder(RATE_HZ, seconds)
    return np.concatenate([vocoder.process(samples, rate), vocoder.flush()], axis=1)


def struck_at(samples: Array, least: float = 0.14) -> NDArray[np.int64]:
    """Where sound louder than `least` begins after at least 20 ms without."""
    loud = np.flatnonzero(np.abs(samples).max(axis=0) > least)
    return loud[np.diff(loud, prepend=-10_000) > 800]


@pytest.mark.parametrize("seconds", [0.0465, 0.093])
@pytest.mark.parametrize("rate", RATES)
def test_a_tone_stays_a_pure_tone_of_its_pitch_and_place(rate: float, seconds: float) -> None:
    result = stretched(tone(60_000), rate, seconds)
    amplitudes, ratio = tone_parts(result, 440.3)
    assert ratio.min() > 70
    assert np.abs(amplitudes) == pytest.approx([0.3, 0.2], rel=1e-3)
    assert np.degrees(np.angle(amplitudes[1] / amplitudes[0])) == pytest.approx(np.degrees(1), abs=0.01)


@pytest.mark.parametrize("rate", RATES)
def test_every_hit_is_heard_once_sharp_and_where_it_belongs(rate: float) -> None:
    samples, at = hits(RATE_HZ * 2)
    result = stretched(samples, rate)
    expected = at / rate
    found = struck_at(result)
    assert len(found) == len(expected)
    assert np.abs(found - expected).max() <= 4
    for place in np.round(expected).astype(int):
        before = (result[:, place - 2000 : place - 20] ** 2).sum()
        after = (result[:, place : place + 2000] ** 2).sum()
        assert before < 10**-4.5 * after


@pytest.mark.parametrize("rate", RATES)
def test_single_clicks_come_out_whole(rate: float) -> None:
    samples = np.zeros((2, 40_000), np.float32)
    samples[:, [9000, 20_000, 31_000]] = 0.8
    result = stretched(samples, rate)
    assert np.flatnonzero(np.abs(result[0]) > 0.4).tolist() == [round(each / rate) for each in (9000, 20_000, 31_000)]
    assert result[0, round(9000 / rate)] == pytest.approx(0.8, abs=0.01)


def test_a_rate_that_drifts_leaves_a_tone_pure() -> None:
    vocoder = Vocoder(RATE_HZ, 0.093)
    samples = tone(90_000)
    pieces = [
        vocoder.process(samples[:, at : at + 1024], 1 + 0.03 * np.sin(at / 9000)) for at in range(0, 90_000, 1024)
    ]
    _, ratio = tone_parts(np.concatenate([*pieces, vocoder.flush()], axis=1), 440.3)
    assert ratio.min() > 70


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
def test_the_live_window_answers_within_50_ms(rate_hz: int, rate: float) -> None:
    vocoder = Vocoder(rate_hz, 2.0 ** np.floor(np.log2(0.0465 * rate_hz)) / rate_hz, waits_for_onsets=False)
    samples = tone(rate_hz // 10, rate_hz=rate_hz)
    frames = 0
    while not vocoder.process(samples[:, frames : frames + 8], rate).shape[1]:
        frames += 8
    assert frames + 8 <= 0.05 * rate_hz


def test_windows_are_powers_of_two() -> None:
    assert window_size(44_100, 0.093) == window_size(48_000, 0.093) == 4096
    assert window_size(8000, 0.001) == 64


@pytest.mark.parametrize("rate_hz", [32_000, 44_100])
@pytest.mark.parametrize("every", [700, 900, 1000, 1110])
def test_ever_louder_hits_close_together_leave_no_holes_between_them(rate_hz: int, every: int) -> None:
    random = np.random.default_rng(1)
    samples = random.standard_normal((2, 20_000)).astype(np.float32) * 1e-3
    for number, level in enumerate((0.01, 0.08, 0.6)):
        samples[:, 9000 + number * every : 9300 + number * every] += random.choice([-level, level], (2, 300))
    vocoder = Vocoder(rate_hz, 0.093)
    result = np.concatenate([vocoder.process(samples, 0.25), vocoder.flush()], axis=1)
    energy = (result[:, : 64 * 1200] ** 2).reshape(2, -1, 64).sum(axis=(0, 2))
    assert energy.min() > 64 * 2e-7


@pytest.mark.parametrize("rate", RATES)
def test_a_short_drum_stays_as_short_as_it_is(rate: float) -> None:
    random = np.random.default_rng(3)
    samples = np.zeros((2, 30_000), np.float32)
    samples[:, 12_000:12_700] = random.uniform(-0.5, 0.5, (2, 700))
    result = stretched(samples, rate)
    begin = round(12_000 / rate)
    assert result[:, begin : begin + 700] == pytest.approx(samples[:, 12_000:12_700], abs=0.02)
    rest = np.concatenate([result[:, : begin - 20], result[:, begin + 720 :]], axis=1)
    assert (rest**2).sum() < 1e-3 * (result**2).sum()


@pytest.mark.parametrize("gap", [1150, 1400, 1700])
@pytest.mark.parametrize("rate", [0.5, 1.25])
def test_the_second_of_two_hits_is_as_sharp_however_the_stream_is_cut(gap: int, rate: float) -> None:
    random = np.random.default_rng(4)
    samples = np.zeros((2, 30_000), np.float32)
    for number, level in enumerate((0.1, 0.6)):
        samples[:, 12_000 + number * gap : 12_400 + number * gap] += random.choice([-level, level], (2, 400))
    whole = stretched(samples, rate)
    for cut in (1, 700):
        vocoder = Vocoder(RATE_HZ, 0.093)
        pieces = [samples[:, :11_000], *np.split(samples[:, 11_000:17_000], range(cut, 6000, cut), axis=1)]
        pieces.append(samples[:, 17_000:])
        result = np.concatenate([*(vocoder.process(piece, rate) for piece in pieces), vocoder.flush()], axis=1)
        assert np.array_equal(result, whole)
    loud = np.flatnonzero(np.abs(whole).max(axis=0) > 0.35)
    assert abs(loud[0] - round((12_000 + gap) / rate)) <= 4
