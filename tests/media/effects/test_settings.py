import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.effects.settings import (
    NUMERIC,
    ChainSettings,
    CompressorSettings,
    EqualizerSettings,
    chain_settings,
    ranges_of,
    to_plain,
)
from media.problem import MediaProblem
from tests.vectors import make_effects

VECTORS = Path(__file__).parent.parent.parent / "vectors"


def test_the_vectors_are_what_this_code_says() -> None:
    assert json.loads((VECTORS / "effects_settings.json").read_text()) == make_effects.settings()


def test_what_is_not_named_has_its_default_and_what_is_not_asked_for_is_off() -> None:
    settings = chain_settings({"compressor": {"ratio": 4}, "equalizer": {}})
    assert settings == ChainSettings(equalizer=EqualizerSettings(), compressor=CompressorSettings(ratio=4))
    assert not settings.is_off
    assert chain_settings({}).is_off


def test_every_default_is_within_its_range() -> None:
    for effect in NUMERIC:
        for name, (span, default) in ranges_of(effect).items():
            assert span.least <= default <= span.most, (effect, name)


def test_units_are_in_the_names_or_there_are_none() -> None:
    names = {each.name for kind in NUMERIC.values() for each in fields(kind)}
    without = {name for name in names if name.rsplit("_", 1)[-1] not in {"db", "hz", "seconds", "lufs"}}
    assert without == {"ratio", "feedback", "mix", "space"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"flanger": {}}, "unknown-effect"),
        ({"echo": {"wobble": 1}}, "unknown-parameter"),
        ({"echo": {"mix": float("nan")}}, "bad-parameter"),
        ({"echo": {"mix": float("inf")}}, "bad-parameter"),
        ({"echo": {"mix": True}}, "bad-parameter"),
        ({"echo": {"mix": 2}}, "out-of-range"),
        ({"reverb": {"space": "garage"}}, "out-of-range"),
    ],
)
def test_what_cannot_be_is_refused_with_its_code_and_what_there_is(given: object, code: str) -> None:
    with pytest.raises(MediaProblem) as caught:
        chain_settings(given)
    assert caught.value.code == code
    assert len(caught.value.reason) > 10


def numbers_of(effect: str) -> st.SearchStrategy[dict[str, float]]:
    spans = {name: st.floats(span.least, span.most) for name, (span, _) in ranges_of(effect).items()}
    return st.fixed_dictionaries({}, optional=spans)


SETTINGS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "equalizer": st.fixed_dictionaries({"gains_db": st.lists(st.floats(-12, 12), min_size=10, max_size=10)}),
        **{effect: numbers_of(effect) for effect in NUMERIC},
    },
)


@given(given=SETTINGS)
def test_what_is_accepted_comes_back_as_it_was_with_the_defaults_added(given: dict[str, Any]) -> None:
    plain = json.loads(json.dumps(to_plain(chain_settings(given))))
    assert set(plain) == set(given)
    for effect, values in given.items():
        assert {name: plain[effect][name] for name in values} == values
    assert to_plain(chain_settings(plain)) == to_plain(chain_settings(given))


LEAVES = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.lists(st.floats(), max_size=11)
NAMES = st.sampled_from([*(each.name for each in fields(ChainSettings)), "x"])
INNER = st.sampled_from(["mix", "space", "ratio", "gains_db", "y"])
ANYTHING = LEAVES | st.dictionaries(NAMES, LEAVES | st.dictionaries(INNER, LEAVES, max_size=3), max_size=3)


@given(content=ANYTHING)
def test_anything_is_accepted_or_refused_with_a_code(content: object) -> None:
    settings = accepted(content)
    if isinstance(settings, ChainSettings):
        assert chain_settings(to_plain(settings)) == settings
    else:
        assert settings in {"unknown-effect", "unknown-parameter", "bad-parameter", "out-of-range"}


def accepted(content: object) -> ChainSettings | str:
    """The settings, or why there are none."""
    try:
        return chain_settings(content)
    except MediaProblem as problem:
        return problem.code
