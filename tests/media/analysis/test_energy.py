import pytest

from media.analysis.energy import energy_estimate


def test_it_rises_with_each_of_its_parts() -> None:
    calm = energy_estimate(-25, 1.5, 500)
    assert energy_estimate(-12, 1.5, 500) > calm
    assert energy_estimate(-25, 3.0, 500) > calm
    assert energy_estimate(-25, 1.5, 1_000) > calm


@pytest.mark.parametrize(("loudness", "onsets", "brightness", "expected"), [(-70, 0, 50, 0.0), (0, 20, 6_000, 1.0)])
def test_it_stays_between_nothing_and_all(loudness: float, onsets: float, brightness: float, expected: float) -> None:
    assert energy_estimate(loudness, onsets, brightness) == expected
