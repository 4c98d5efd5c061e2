import numpy as np
import pyloudnorm
import pytest

from media.composer.bass import Bass
from media.composer.drums import Drums
from media.composer.loudness import loudness_lufs, true_peak_db
from media.composer.mixdown import CEILING_DB, TARGET_LUFS, Desk, mastered, stems_of, summed
from media.composer.pad import Pad
from media.composer.part import STEMS, Part
from media.composer.reverb import Hall
from media.composer.rhythm import Tempo, grid
from media.composer.score import Note, repeated

DESK = Desk(Tempo(120), 4, seed=7, frames=4 * 48_000, hall=Hall(0.6), echo_beats=0.5)
BEAT = Part(
    "drums", "drums", Drums("club"), repeated(grid({"kick": "X...X...", "snare": "....X..."}), 8), low_cut_hz=30
)
LOW = Part("bass", "bass", Bass("sub"), tuple(Note(beat, 1, 36) for beat in range(8)), -4, reverb=0.0, low_cut_hz=30)
CHORD = Part("pad", "other", Pad("warm", 0.05, 0.2), tuple(Note(0, 7, pitch) for pitch in (57, 60, 64)), -6)


def test_every_stem_is_there_even_if_nobody_plays_it() -> None:
    stems = stems_of([BEAT, LOW], DESK)
    assert tuple(stems) == STEMS
    assert not np.any(stems["vocals"])
    assert np.any(stems["bass"])


def test_parts_sit_at_the_loudness_the_song_states() -> None:
    stems = stems_of([BEAT, LOW], DESK)
    assert loudness_lufs(stems["bass"]) - loudness_lufs(stems["drums"]) == pytest.approx(-4, abs=1.0)


def test_a_part_keeps_its_unevenness_when_others_come() -> None:
    alone, together = stems_of([LOW], DESK), stems_of([LOW, CHORD], DESK)
    assert np.array_equal(alone["bass"], together["bass"])


def test_two_parts_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same name"):
        stems_of([BEAT, BEAT], DESK)


def test_kicks_press_down_what_ducks() -> None:
    ducking = Part("pad", "other", CHORD.instrument, CHORD.notes, -6, reverb=0.0, duck=0.9)
    kicks = Part(
        "kicks", "drums", Drums("club"), tuple(Note(beat, 1, 60, 0.8, "kick") for beat in range(1, 7)), reverb=0.0
    )
    sound = stems_of([ducking, kicks], DESK)["other"]
    on_kick, off_kick = (
        np.mean([sound[:, round((b + late) * 24_000) :][:, :1500].std() for b in range(2, 6)]) for late in (0.05, 0.8)
    )
    assert on_kick < 0.5 * off_kick


def test_mastering_meets_loudness_and_ceiling_and_keeps_the_sum() -> None:
    stems = mastered(stems_of([BEAT, LOW, CHORD], DESK), fade_out_seconds=0.3)
    mix = summed(stems)
    added = stems["drums"].astype(np.float64) + stems["bass"] + stems["other"] + stems["vocals"]
    assert np.abs(mix - added).max() < 1e-6
    assert pyloudnorm.Meter(48_000).integrated_loudness(mix.T.astype(np.float64)) == pytest.approx(TARGET_LUFS, abs=0.5)
    assert true_peak_db(mix) <= CEILING_DB


def test_all_stems_get_the_same_gain() -> None:
    before = stems_of([BEAT, LOW, CHORD], DESK)
    after = mastered(before, fade_out_seconds=0.3)
    heard = (np.abs(before["bass"][0]) > 1e-3) & (np.abs(before["other"][0]) > 1e-3)
    gains = [after[stem][0, heard] / before[stem][0, heard] for stem in ("bass", "other")]
    assert np.abs(gains[0] / gains[1] - 1).max() < 1e-4


def test_the_end_fades_to_nothing() -> None:
    mix = summed(mastered(stems_of([BEAT, LOW, CHORD], DESK), fade_out_seconds=0.5))
    assert np.abs(mix[:, 0]).max() == 0
    assert np.abs(mix[:, -480:]).max() < 1e-3


def test_silence_stays_silent() -> None:
    assert not np.any(summed(mastered(stems_of([], DESK), fade_out_seconds=0.1)))
