"""Tempo, beats and key of songs that were composed: what was written is what must be heard.

A tempo is right within 1 %. Half and double of it are a matter of taste for people, too, and count as an octave error, of which
only so many are allowed; any other tempo is wrong. A key scores as in MIREX: exact 1, a fifth away 0.5, relative 0.3, parallel
0.2, anything else nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import pytest

from media.analysis.key import TONICS
from media.analysis.listener import Listener
from media.composer.render import Rendered, render
from media.composer.score import Key
from media.composer.song import Song
from media.composer.songs import SONGS
from media.pcm import Pcm
from media.recording_facts import RecordingFacts
from tests.media.analysis.hits import share_found
from tests.media.composed import song

SEEDS = range(200, 224)
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Heard:
    truth: Rendered
    facts: RecordingFacts

    @property
    def tempo_rule(self) -> str:
        assert self.facts.tempo_bpm is not None
        ratio = self.facts.tempo_bpm / self.truth.tempo_bpm
        names = {1.0: "right", 2.0: "octave", 0.5: "octave"}
        return next((name for rule, name in names.items() if abs(ratio / rule - 1) < 0.01), "wrong")

    @property
    def key_score(self) -> float:
        return key_score(self.facts.key, self.truth.key)


def key_score(found: str, truth: Key) -> float:
    tonic, _, mode = found.partition(" ")
    distance = (TONICS.index(tonic) - truth.pitch_class) % 12
    if mode == truth.mode:
        return {0: 1.0, 5: 0.5, 7: 0.5}.get(distance, 0.0)
    relative = 9 if truth.mode == "major" else 3
    return {relative: 0.3, 0: 0.2}.get(distance, 0.0)


def hear(written: Song) -> Heard:
    rendered = render(written)
    listener = Listener()
    for first in range(0, rendered.mix.shape[1], 48_000):
        listener.add(Pcm(np.ascontiguousarray(rendered.mix[:, first : first + 48_000])))
    return Heard(rendered, listener.facts())


@pytest.fixture(scope="module")
def demos() -> Mapping[str, Heard]:
    return {each.title: hear(each) for each in SONGS}


@pytest.fixture(scope="module")
def seeds() -> Mapping[int, Heard]:
    return {seed: hear(song(seed)) for seed in SEEDS}


def test_the_demo_songs_have_their_tempo(demos: Mapping[str, Heard]) -> None:
    rules = {title: each.tempo_rule for title, each in demos.items()}
    assert "wrong" not in rules.values(), rules
    # 72 with a kalimba on every eighth and 172 with snares on every other beat.
    assert {title for title, rule in rules.items() if rule == "octave"} <= {"First Light", "Northbound"}
    assert all(each.facts.is_tempo_steady for each in demos.values() if each.tempo_rule == "right")


def test_the_demo_songs_have_their_key(demos: Mapping[str, Heard]) -> None:
    scores = {title: each.key_score for title, each in demos.items()}
    assert sum(score == 1 for score in scores.values()) >= 5, scores
    assert min(scores.values()) >= 0.3, scores


def test_the_demo_songs_have_their_beats(demos: Mapping[str, Heard]) -> None:
    for title, each in demos.items():
        if each.tempo_rule == "right":
            found = np.array(each.facts.beats) / 48_000
            inside = [beat for beat in each.truth.beats if found[0] - 0.1 < beat < found[-1] + 0.1]
            assert share_found(inside, found.tolist(), 0.05) > 0.9, title
            assert len(inside) > 0.85 * len(each.truth.beats), title


def test_composed_seeds_have_their_tempo(seeds: Mapping[int, Heard]) -> None:
    rules = [each.tempo_rule for each in seeds.values()]
    assert rules.count("wrong") <= 1, rules
    assert rules.count("octave") <= len(rules) // 4, rules


def test_composed_seeds_have_their_key(seeds: Mapping[int, Heard]) -> None:
    scores = [each.key_score for each in seeds.values()]
    assert fmean(scores) >= 0.9, scores
    assert sum(score == 1 for score in scores) >= 0.85 * len(scores), scores


def test_composed_seeds_have_their_beats(seeds: Mapping[int, Heard]) -> None:
    for seed, each in seeds.items():
        if each.tempo_rule == "right":
            found = (np.array(each.facts.beats) / 48_000).tolist()
            assert share_found(each.truth.beats, found, 0.05) > 0.95, seed


def test_a_sure_key_is_a_right_one(seeds: Mapping[int, Heard], demos: Mapping[str, Heard]) -> None:
    everything = [*seeds.values(), *demos.values()]
    sure = [each.key_score for each in everything if each.facts.key_confidence > 0.7]
    assert len(sure) > len(everything) / 4
    assert min(sure) == 1


def test_the_first_two_minutes_of_songs_are_told_apart(demos: Mapping[str, Heard]) -> None:
    assert len({each.facts.fingerprint for each in demos.values()}) == len(SONGS)


def test_scores_of_keys_are_those_of_mirex() -> None:
    truth = Key("A", "minor")
    found = {"A minor": 1.0, "E minor": 0.5, "D minor": 0.5, "C major": 0.3, "A major": 0.2, "B major": 0.0}
    assert {name: key_score(name, truth) for name in found} == found
    assert key_score("A minor", Key("C", "major")) == 0.3
