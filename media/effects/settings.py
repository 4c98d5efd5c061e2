"""What can be set of every effect: the one model that pages, files and renders share.

As JSON it is an object of effects, each an object of parameters; an effect that is not named is off, a parameter that is
not named has its default::

    {"equalizer": {"gains_db": [3, 2, 0, 0, 0, 0, 0, 0, 1, 2]}, "reverb": {"space": "hall", "mix": 0.3}}

Sound always passes the effects in the order of `ChainSettings`. A chain in which anything is on ends in the limiter, asked
for or not, because nearly every effect can raise sound beyond full scale. The twin is `web/client/src/effects/settings.ts`;
both agree with `tests/vectors/effects_settings.json`.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Literal, TypeVar, get_args

from media.problem import MediaProblem

Space = Literal["room", "hall", "cathedral"]
SPACES: Final[tuple[Space, ...]] = get_args(Space)

# Octaves of ISO 266, in Hz.
BANDS_HZ: Final = (31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0)
MOST_GAIN_DB: Final = 12.0


@dataclass(frozen=True, slots=True)
class Range:
    """Values a parameter may have, ends included."""

    least: float
    most: float


def _number(least: float, most: float, default: float) -> float:
    value: float = field(default=float(default), metadata={"range": Range(float(least), float(most))})
    return value


@dataclass(frozen=True, slots=True)
class EqualizerSettings:
    """Ten peaking bands, an octave wide; gains in dB, in the order of `BANDS_HZ`."""

    gains_db: tuple[float, ...] = (0.0,) * len(BANDS_HZ)


@dataclass(frozen=True, slots=True)
class DriveSettings:
    """Soft clipping: how much soft sound is raised towards full scale; a low-pass; a level."""

    amount_db: float = _number(0, 36, 9)
    tone_hz: float = _number(1000, 20_000, 12_000)
    level_db: float = _number(-24, 6, -3)


@dataclass(frozen=True, slots=True)
class CompressorSettings:
    """What is louder than the threshold is turned down; `ratio` dB more in become one more out."""

    threshold_db: float = _number(-60, 0, -18)
    ratio: float = _number(1, 20, 3)
    knee_db: float = _number(0, 24, 6)
    attack_seconds: float = _number(0.0001, 0.3, 0.01)
    release_seconds: float = _number(0.01, 2, 0.15)
    makeup_db: float = _number(0, 24, 0)


@dataclass(frozen=True, slots=True)
class EchoSettings:
    """Repeats, each duller and softer by `feedback` than the one before; `mix` is how loud the first one is."""

    delay_seconds: float = _number(0.02, 2, 0.35)
    feedback: float = _number(0, 0.9, 0.35)
    mix: float = _number(0, 1, 0.3)
    tone_hz: float = _number(500, 16_000, 4000)


@dataclass(frozen=True, slots=True)
class ReverbSettings:
    """A space to play in; `mix` 0 is only the sound, 1 only the space, and loudness stays nearly the same between."""

    space: Space = "hall"
    mix: float = _number(0, 1, 0.25)


@dataclass(frozen=True, slots=True)
class LoudnessSettings:
    """Integrated loudness (ITU-R BS.1770-4) that the sound is brought to."""

    target_lufs: float = _number(-36, -8, -16)


@dataclass(frozen=True, slots=True)
class LimiterSettings:
    """The true peak that is never exceeded, and how fast the level comes back after one."""

    ceiling_db: float = _number(-12, 0, -1)
    release_seconds: float = _number(0.01, 1, 0.1)


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """Every effect in the order in which sound passes them; None is off."""

    equalizer: EqualizerSettings | None = None
    drive: DriveSettings | None = None
    compressor: CompressorSettings | None = None
    echo: EchoSettings | None = None
    reverb: ReverbSettings | None = None
    loudness: LoudnessSettings | None = None
    limiter: LimiterSettings | None = None

    @property
    def is_off(self) -> bool:
        """Nothing was asked for: sound passes as it is."""
        return all(getattr(self, each.name) is None for each in fields(self))


NUMERIC: Final[Mapping[str, type]] = {
    "drive": DriveSettings,
    "compressor": CompressorSettings,
    "echo": EchoSettings,
    "reverb": ReverbSettings,
    "loudness": LoudnessSettings,
    "limiter": LimiterSettings,
}
"""Effects whose parameters have a `Range` each (the space of a reverb apart)."""

_EFFECTS: Final = tuple(each.name for each in fields(ChainSettings))

Made = TypeVar("Made")


def ranges_of(effect: str) -> dict[str, tuple[Range, float]]:
    """Range and default of every number of an effect of `NUMERIC`."""
    found: dict[str, tuple[Range, float]] = {}
    for each in fields(NUMERIC[effect]):
        if "range" in each.metadata:
            assert isinstance(each.default, float)
            found[each.name] = (each.metadata["range"], each.default)
    return found


def chain_settings(content: object) -> ChainSettings:
    """Settings from what JSON was decoded to.

    Raises:
        MediaProblem: ``unknown-effect``, ``unknown-parameter``; ``bad-parameter`` for what is not a number, list or object
            where one belongs; ``out-of-range``.
    """
    given = _object(content, "effects")
    _known(given, _EFFECTS, "unknown-effect", "effect")
    return ChainSettings(
        equalizer=_equalizer(given["equalizer"]) if "equalizer" in given else None,
        drive=_numeric(DriveSettings, given, "drive"),
        compressor=_numeric(CompressorSettings, given, "compressor"),
        echo=_numeric(EchoSettings, given, "echo"),
        reverb=_numeric(ReverbSettings, given, "reverb"),
        loudness=_numeric(LoudnessSettings, given, "loudness"),
        limiter=_numeric(LimiterSettings, given, "limiter"),
    )


def to_plain(settings: ChainSettings) -> dict[str, object]:
    """The JSON form: what is on, with every parameter."""
    return {name: value for name, value in asdict(settings).items() if value is not None}


def _equalizer(content: object) -> EqualizerSettings:
    given = _object(content, "equalizer")
    _known(given, ("gains_db",), "unknown-parameter", "parameter of equalizer")
    if "gains_db" not in given:
        return EqualizerSettings()
    gains = given["gains_db"]
    if not isinstance(gains, list | tuple) or len(gains) != len(BANDS_HZ):
        raise MediaProblem("bad-parameter", f"equalizer: gains_db is a list of {len(BANDS_HZ)} numbers")
    allowed = Range(-MOST_GAIN_DB, MOST_GAIN_DB)
    return EqualizerSettings(tuple(_within(each, allowed, "equalizer: a gain") for each in gains))


def _numeric(kind: type[Made], effects: Mapping[str, object], effect: str) -> Made | None:
    if effect not in effects:
        return None
    given = _object(effects[effect], effect)
    ranges = ranges_of(effect)
    names = tuple(each.name for each in fields(NUMERIC[effect]))
    _known(given, names, "unknown-parameter", f"parameter of {effect}")
    values: dict[str, Any] = {}
    for name, value in given.items():
        values[name] = _within(value, ranges[name][0], f"{effect}: {name}") if name in ranges else _space(value)
    return kind(**values)


def _space(value: object) -> Space:
    if not isinstance(value, str):
        raise MediaProblem("bad-parameter", "reverb: space is a name")
    for space in SPACES:
        if value == space:
            return space
    raise MediaProblem("out-of-range", f"reverb: there is no space {value!r}; there are {', '.join(SPACES)}")


def _object(content: object, name: str) -> Mapping[str, object]:
    if not isinstance(content, dict):
        raise MediaProblem("bad-parameter", f"{name} is an object")
    return content


def _known(
    given: Mapping[str, object], names: tuple[str, ...], code: Literal["unknown-effect", "unknown-parameter"], what: str
) -> None:
    for name in given:
        if name not in names:
            raise MediaProblem(code, f"there is no {what} called {name!r}; there are {', '.join(names)}")


def _within(value: object, allowed: Range, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise MediaProblem("bad-parameter", f"{name} is a number")
    if not allowed.least <= value <= allowed.most:
        raise MediaProblem("out-of-range", f"{name} is from {allowed.least:g} to {allowed.most:g}, not {value:g}")
    return float(value)
