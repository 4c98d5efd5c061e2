from pathlib import Path

import numpy as np
import pytest

from media.composer.part import STEMS
from media.stems import training_set
from media.stems.training_set import Take, TrainingSet, kept_take, take_of


def made_up(seed: int, frames: int = 5000) -> Take:
    """Every stem of every song is another constant."""
    return np.stack([np.full((2, frames), 1000 * (seed * 4 + stem + 1), np.int16) for stem in range(4)])


def test_a_batch_has_the_promised_form_and_repeats_by_its_generator() -> None:
    songs = TrainingSet([made_up(0), made_up(1)], 2000)
    batch = songs.batch(5, np.random.default_rng(3))
    assert batch.shape == (5, len(STEMS), 2, 2000)
    assert batch.dtype == np.float32
    assert np.array_equal(batch, songs.batch(5, np.random.default_rng(3)))


def test_stems_stay_what_they_are_while_levels_and_polarity_vary() -> None:
    songs = TrainingSet([made_up(0)], 100)
    batch = songs.batch(200, np.random.default_rng(1))
    levels = batch[:, :, 0, 0]
    for stem in range(4):
        written = 1000 * (stem + 1) / 32_767
        heard = np.abs(levels[:, stem])
        sounding = heard[heard > 0]
        assert sounding.min() >= written * 10 ** (-6 / 20) * 0.999
        assert sounding.max() <= written * 10 ** (4 / 20) * 1.001
        assert 0 < (heard == 0).sum() < 40
        assert (levels[:, stem] > 0).any()
        assert (levels[:, stem] < 0).any()


def test_a_take_is_rendered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[int] = []

    def take(seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        rendered.append(seed)
        return made_up(seed).astype(np.float32) / np.float32(32_767)

    monkeypatch.setattr(training_set, "take_of", take)
    for _ in range(2):
        assert np.array_equal(kept_take(tmp_path / "songs", 2), made_up(2))
    assert rendered == [2]
    assert len(list((tmp_path / "songs").iterdir())) == 1


@pytest.mark.slow
def test_a_song_is_rendered_with_all_its_stems() -> None:
    take = take_of(10_007)
    assert take.shape[:2] == (4, 2)
    assert take.dtype == np.float32
    assert all(float(np.sqrt(np.mean(stem**2))) > 1e-3 for stem in take)
