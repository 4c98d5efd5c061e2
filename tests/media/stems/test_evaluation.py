from pathlib import Path

import numpy as np
import pytest

from media.composer.part import STEMS
from media.pcm import Samples
from media.stem_models import OUR_MODEL
from media.stems.evaluation import evaluate, held_out, table
from media.stems.folder import open_separator
from media.stems.packages import load_torch
from tests.media.stems.fakes import noise


class Oracle:
    """Knows which stems lie in the mix: they are told apart by their place in time."""

    stems = STEMS
    rate_hz = 48_000
    window_frames = 4000

    def estimate(self, window: Samples) -> Samples:
        found = np.zeros((4, *window.shape), np.float32)
        for stem in range(4):
            found[stem, :, stem::4] = window[:, stem::4]
        return found


class Shrug(Oracle):
    """Gives everything a quarter."""

    def estimate(self, window: Samples) -> Samples:
        return np.stack([window / 4] * 4)


def interleaved(seed: int) -> Samples:
    take = np.zeros((4, 2, 12_000), np.float32)
    for stem in range(4):
        take[stem, :, stem::4] = noise(12_000, seed)[:, stem::4]
    return take


def test_a_model_that_knows_gains_much_and_one_that_shrugs_a_little() -> None:
    takes = [interleaved(seed) for seed in range(3)]
    assert all(score.gain_db > 80 for score in evaluate(Oracle(), takes).values())
    for score in evaluate(Shrug(), takes).values():
        # Error energy: 9/16 of its own stem and 3/16 of the others, against 3 of the mix.
        assert score.gain_db == pytest.approx(10 * np.log10(3 / (12 / 16)), abs=0.3)
        assert score.mix_sdr_db == pytest.approx(-10 * np.log10(3), abs=0.3)
        assert score.worst_gain_db <= score.gain_db


def test_a_song_without_a_stem_does_not_count_for_it() -> None:
    silent = interleaved(0)
    silent[3] = 0
    scores = evaluate(Oracle(), [silent, interleaved(1)])
    assert scores["vocals"].gain_db > 80


def test_the_table_has_a_line_for_each_stem_and_the_mean() -> None:
    lines = table(evaluate(Shrug(), [interleaved(0)])).splitlines()
    assert [line.split()[0] for line in lines] == ["stem", *STEMS, "mean"]


@pytest.mark.stems
@pytest.mark.slow
def test_our_model_gains_8_db_on_songs_it_never_heard() -> None:
    load_torch().set_num_threads(1)
    scores = evaluate(open_separator(OUR_MODEL, Path()), held_out(3, 6))
    assert np.mean([score.gain_db for score in scores.values()]) > 8
