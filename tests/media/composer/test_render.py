import hashlib
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pyloudnorm
import pytest

from media.composer.loudness import true_peak_db
from media.composer.part import STEMS
from media.composer.render import Rendered, render
from media.composer.songs import SONGS
from tests.media.composer.listening import best_key, chroma, pulse_at

HOUSE = SONGS[2]
CHORUS = next(bar for name, bar in HOUSE.form.starts() if name == "chorus")


@pytest.fixture(scope="module")
def excerpt() -> Rendered:
    return render(HOUSE, first_bar=CHORUS, bars=2)


def test_an_excerpt_is_as_long_as_its_bars(excerpt: Rendered) -> None:
    assert excerpt.mix.shape == (2, round((8 * 60 / 122 + 1.0) * 48_000))
    assert excerpt.mix.dtype == np.float32


def test_the_mix_is_the_sum_of_its_stems(excerpt: Rendered) -> None:
    assert tuple(excerpt.stems) == STEMS
    added = np.sum([stem.astype(np.float64) for stem in excerpt.stems.values()], axis=0)
    assert np.abs(excerpt.mix - added).max() < 1e-6


def test_an_excerpt_knows_its_beats_and_sections(excerpt: Rendered) -> None:
    assert excerpt.beats == pytest.approx([beat * 60 / 122 for beat in range(8)])
    assert excerpt.sections == (("chorus", 0.0),)
    assert (excerpt.tempo_bpm, excerpt.key) == (122, HOUSE.key)


@pytest.mark.slow
def test_rendering_twice_gives_the_same_bytes(excerpt: Rendered) -> None:
    again = render(HOUSE, first_bar=CHORUS, bars=2)
    assert again.mix.tobytes() == excerpt.mix.tobytes()
    assert all(again.stems[stem].tobytes() == excerpt.stems[stem].tobytes() for stem in STEMS)


@pytest.mark.slow
def test_another_process_gives_the_same_bytes(excerpt: Rendered) -> None:
    code = (
        "import hashlib; from media.composer.render import render; from media.composer.songs import SONGS;"
        f"print(hashlib.sha256(render(SONGS[2], first_bar={CHORUS}, bars=2).mix.tobytes()).hexdigest())"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == hashlib.sha256(excerpt.mix.tobytes()).hexdigest()


@pytest.mark.parametrize(("first_bar", "bars"), [(-1, 2), (0, 0), (999, 1)])
def test_bars_outside_of_the_song_are_refused(first_bar: int, bars: int) -> None:
    with pytest.raises(ValueError, match="outside of a song"):
        render(HOUSE, first_bar=first_bar, bars=bars)


@pytest.fixture(scope="module", params=SONGS, ids=lambda song: song.title)
def whole(request: pytest.FixtureRequest) -> tuple[Rendered, float]:
    return render(request.param), request.param.seconds


@pytest.mark.slow
def test_a_whole_song_is_fit_to_be_published(whole: tuple[Rendered, float]) -> None:
    """Length, loudness, peak, crest, sum, DC, ends, spectral balance, and a bottom that survives one loudspeaker."""
    rendered, seconds = whole
    mix = rendered.mix
    assert mix.shape[1] == round(seconds * 48_000)
    assert pyloudnorm.Meter(48_000).integrated_loudness(mix.T.astype(np.float64)) == pytest.approx(-14, abs=0.5)
    assert true_peak_db(mix) <= -1.0
    assert 20 * np.log10(np.abs(mix).max() / np.sqrt(np.mean(mix**2))) > 10
    added = np.sum([stem.astype(np.float64) for stem in rendered.stems.values()], axis=0)
    assert np.abs(mix - added).max() < 1e-6
    assert np.abs(mix.mean(axis=1)).max() < 1e-4
    assert np.abs(mix[:, 0]).max() == 0
    assert np.abs(mix[:, -480:]).max() < 1e-3
    spectrum = np.abs(np.fft.rfft(mix.mean(axis=0)[: 1 << 22])) ** 2
    hertz = np.fft.rfftfreq(min(mix.shape[1], 1 << 22), 1 / 48_000)
    share = spectrum[hertz > 10_000].sum() / spectrum.sum()
    assert share < 0.01
    sides = np.abs(np.fft.rfft((mix[0] - mix[1])[: 1 << 22] / 2)) ** 2
    assert sides[hertz < 110].sum() < 0.03 * spectrum[hertz < 110].sum()


@pytest.mark.slow
def test_a_whole_song_is_in_its_key(whole: tuple[Rendered, float]) -> None:
    rendered, _ = whole
    pitched = sum(rendered.stems[stem] for stem in STEMS if stem != "drums")
    heard = best_key(chroma(np.asarray(pitched).mean(axis=0)))
    assert (heard.pitch_class, heard.mode) == (rendered.key.pitch_class, rendered.key.mode)


@pytest.mark.slow
def test_a_whole_song_is_in_its_tempo(whole: tuple[Rendered, float]) -> None:
    rendered, _ = whole
    mono = rendered.mix.mean(axis=0)
    beat = 60 / rendered.tempo_bpm
    at_beat = pulse_at(mono, beat)
    assert at_beat > 0.15
    # No tempo a few per cent away fits nearly as well.
    assert all(pulse_at(mono, beat * wrong) < 0.7 * at_beat for wrong in (0.9, 0.94, 1.06, 1.1))


@pytest.mark.slow
def test_every_section_has_a_level_of_its_own(whole: tuple[Rendered, float]) -> None:
    rendered, seconds = whole
    bounds = [start for _, start in rendered.sections] + [seconds]
    levels = [
        20 * np.log10(rendered.mix[:, round(start * 48_000) : round(stop * 48_000)].std() + 1e-9)
        for start, stop in pairwise(bounds)
    ]
    assert max(levels) - min(levels) > 2
