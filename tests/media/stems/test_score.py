import math

import numpy as np
import pytest

from media.stems.score import gain_db, sdr_db
from tests.media.stems.fakes import noise


def test_a_tenth_of_error_is_20_db() -> None:
    truth = noise(4000)
    assert sdr_db(truth, truth * np.float32(1.1)) == pytest.approx(20, abs=1e-3)


def test_the_mix_gains_nothing_and_half_the_error_6_db() -> None:
    truth, rest = noise(4000, 1), noise(4000, 2)
    assert gain_db(truth, truth + rest, truth + rest) == 0
    assert gain_db(truth, truth + rest * np.float32(0.5), truth + rest) == pytest.approx(6.02, abs=0.01)


def test_silence_has_no_ratio() -> None:
    assert math.isnan(sdr_db(np.zeros((2, 8), np.float32), noise(8)))


def test_no_error_is_told_as_a_number() -> None:
    assert sdr_db(noise(8), noise(8)) == pytest.approx(150)
