import pytest

from hathor_rt.library.gain import gain_db


@pytest.mark.parametrize(
    ("loudness_lufs", "true_peak_db", "gain"),
    [
        # Loud and hot: turned down to the target.
        (-8.0, 0.5, -6.0),
        # Quiet with room: turned up to the target.
        (-23.0, -12.0, 9.0),
        # Quiet with one loud stroke: as far as the ceiling.
        (-30.0, -3.0, 2.0),
        # As it should be already.
        (-14.0, -1.0, 0.0),
        # Nothing to measure, but a click that would pass the ceiling.
        (None, 0.0, -1.0),
        (None, -20.0, 0.0),
        # Digital silence.
        (None, None, 0.0),
        (-14.123456, -5.0, 0.12),
    ],
)
def test_tracks_come_to_one_loudness_below_the_ceiling(
    loudness_lufs: float | None, true_peak_db: float | None, gain: float
) -> None:
    assert gain_db(loudness_lufs, true_peak_db) == gain
