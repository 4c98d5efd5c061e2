import numpy as np
import pytest

from media.effects.impulse_response import ACOUSTICS, impulse_response, sound
from media.effects.settings import SPACES, Space
from tests.media.effects.signals import RATE_HZ


def fall_db(row: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Energy that is still to come, in dB of all (Schroeder's integral)."""
    left = np.cumsum(row[::-1] ** 2)[::-1]
    return np.asarray(10 * np.log10(left / left[0] + 1e-12))


@pytest.mark.parametrize("space", SPACES)
def test_the_middle_falls_by_60_db_in_the_time_of_the_space(space: Space) -> None:
    row = impulse_response(space, RATE_HZ)[0].astype(np.float64)
    spectrum = np.fft.rfft(row)
    hertz = np.arange(spectrum.size) * RATE_HZ / row.size
    spectrum[(hertz < 500) | (hertz > 2000)] = 0
    fall = fall_db(np.fft.irfft(spectrum, row.size))
    begin, end = np.argmax(fall < -5), np.argmax(fall < -25)
    assert (end - begin) / RATE_HZ * 3 == pytest.approx(ACOUSTICS[space].seconds, rel=0.2)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("rate_hz", [8000, 44_100, 48_000, 96_000])
def test_every_response_has_unit_energy_no_constant_and_no_hard_end(space: Space, rate_hz: int) -> None:
    response = impulse_response(space, rate_hz).astype(np.float64)
    assert (response**2).sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert np.abs(response.sum(axis=1)).max() < 0.05
    assert np.abs(response[:, -20:]).max() < 2e-4
    delay = round(ACOUSTICS[space].delay_seconds * rate_hz)
    assert not response[:, :delay].any()


def test_spaces_are_as_large_as_their_names() -> None:
    lengths = [impulse_response(space, RATE_HZ).shape[1] for space in SPACES]
    assert lengths == sorted(lengths)
    assert lengths == [24_192, 92_064, 217_680]


def test_the_two_sides_are_different_spaces_of_one_kind() -> None:
    left, right = impulse_response("hall", RATE_HZ).astype(np.float64)
    assert abs(left @ right) < 0.1


def test_nobody_changes_what_all_share() -> None:
    assert not impulse_response("room", RATE_HZ).flags.writeable


def test_noise_comes_from_the_generator_of_the_paper() -> None:
    row = np.zeros(3)
    # No reflections; filters that let everything or nothing pass leave the noise itself.
    sound(row, np.uint32(1), 0, (1.0, 1.0, 1.0), (1.0, 1.0, 0.0), 1, (0, 0.0, 0.0))
    assert row[1:] == pytest.approx([67_634_689 / 2**31 - 1, 2_647_435_461 / 2**31 - 1])
    assert row[0] == 0
