"""Writes the shared vectors of effects: ``python -m tests.vectors.make_effects``.

`effects_settings.json`: names, ranges, defaults, presets, what is accepted as what, and what is refused with which code.
`effects_sound.json`: what effects make of one sound, which `sound` computes from integers, and the responses of all spaces.
Python and TypeScript agree on settings exactly and on sound within 1e-6.
"""

import json
from pathlib import Path

import numpy as np

from hathor_rt.library.gain import TARGET_LUFS
from media.effects.chain import effects_of
from media.effects.impulse_response import impulse_response
from media.effects.presets import PRESETS
from media.effects.settings import (
    BANDS_HZ,
    MOST_GAIN_DB,
    NUMERIC,
    SPACES,
    ChainSettings,
    chain_settings,
    ranges_of,
    to_plain,
)
from media.pcm import Samples
from media.problem import MediaProblem

HERE = Path(__file__).parent
FRAMES = 12_000
RATE_HZ = 48_000
# Prime, so that no period of an effect hides between two of them.
EVERY = 97

Json = dict[str, object]

ACCEPTED: list[Json] = [
    {},
    {"equalizer": {}},
    {"equalizer": {"gains_db": [12, -12, 0.5, 0, 0, 0, 0, 0, 0, 0]}},
    {"drive": {"amount_db": 36}},
    {"compressor": {"ratio": 20, "knee_db": 0}},
    {"echo": {"delay_seconds": 2, "feedback": 0.9, "mix": 1, "tone_hz": 500}},
    {"reverb": {}, "limiter": {}},
    {"reverb": {"space": "cathedral", "mix": 1}, "loudness": {"target_lufs": -23}},
]

REFUSED: list[object] = [
    [],
    None,
    "hall",
    {"flanger": {}},
    {"reverb": 3},
    {"reverb": None},
    {"reverb": {"size": 1}},
    {"reverb": {"space": "garage"}},
    {"reverb": {"space": 1}},
    {"reverb": {"mix": "0.5"}},
    {"reverb": {"mix": True}},
    {"reverb": {"mix": 1.001}},
    {"reverb": {"mix": -0.001}},
    {"equalizer": {"gains": []}},
    {"equalizer": {"gains_db": 3}},
    {"equalizer": {"gains_db": [0] * 9}},
    {"equalizer": {"gains_db": [0] * 11}},
    {"equalizer": {"gains_db": [0] * 9 + [None]}},
    {"equalizer": {"gains_db": [0] * 9 + [12.5]}},
    {"equalizer": {"gains_db": [-13] + [0] * 9}},
    {"limiter": {"ceiling_db": 0.1}},
    {"drive": {"amount_db": 36.5}},
    {"compressor": {"ratio": 0.99}},
    {"compressor": {"attack_seconds": 0}},
    {"echo": {"feedback": 1}},
    {"loudness": {"target_lufs": None}},
    {"toString": {}},
    {"drive": {"constructor": 1}},
]

CASES: dict[str, tuple[Json, float]] = {
    "drive": ({"drive": {}}, 0.0),
    "drive hard": ({"drive": {"amount_db": 36, "tone_hz": 1000, "level_db": 6}}, 0.0),
    "drive clean": ({"drive": {"amount_db": 0, "tone_hz": 20_000, "level_db": 0}}, 0.0),
    "compressor": ({"compressor": {}}, 0.0),
    "compressor hard": (
        {"compressor": {"threshold_db": -60, "ratio": 20, "knee_db": 0, "attack_seconds": 0.0001, "makeup_db": 24}},
        0.0,
    ),
    "compressor soft": ({"compressor": {"threshold_db": -12, "knee_db": 24, "release_seconds": 0.01}}, 0.0),
    "echo": ({"echo": {"delay_seconds": 0.05}}, 0.0),
    "echo long": ({"echo": {"delay_seconds": 0.02, "feedback": 0.9, "mix": 1, "tone_hz": 500}}, 0.0),
    "limiter": ({"limiter": {}}, 0.0),
    "limiter hard": ({"limiter": {"ceiling_db": -12, "release_seconds": 0.01}}, 24.0),
}


def noise(frames: int, seed: int) -> list[float]:
    """Values -1 … 1 of a 32-bit xorshift (13, 17, 5)."""
    state, values = seed, []
    for _ in range(frames):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        values.append(state / 2147483648 - 1)
    return values


def sound() -> Samples:
    """Soft noise, noise beyond full scale, noise in one channel, silence: float32, shape (2, FRAMES)."""
    levels = np.repeat([0.05, 1.5, 0.2, 0.0], FRAMES // 4)
    samples = np.array([noise(FRAMES, 1), noise(FRAMES, 2)]) * levels
    samples[1, FRAMES // 2 : 3 * FRAMES // 4] = 0
    result: Samples = samples.astype(np.float32)
    return result


def settings() -> Json:
    """Everything that is exact."""
    return {
        "bands_hz": list(BANDS_HZ),
        "most_gain_db": MOST_GAIN_DB,
        "tracks_lufs": TARGET_LUFS,
        "spaces": list(SPACES),
        "numbers": {
            effect: {name: [span.least, span.most, default] for name, (span, default) in ranges_of(effect).items()}
            for effect in NUMERIC
        },
        "presets": {name: plain(each) for name, each in PRESETS.items()},
        "accepted": [{"given": each, "plain": plain(chain_settings(each))} for each in ACCEPTED],
        "refused": [{"given": each, "code": code_of(each)} for each in REFUSED],
    }


def plain(each: ChainSettings) -> Json:
    """As JSON has it: lists for tuples."""
    content: Json = json.loads(json.dumps(to_plain(each)))
    return content


def code_of(given: object) -> str:
    """Why it is refused."""
    try:
        chain_settings(given)
    except MediaProblem as problem:
        return problem.code
    raise AssertionError(f"{given} was accepted")


def rendered(content: Json, gain_db: float) -> tuple[Samples, int]:
    """What the one effect of a case makes of the sound times a gain, as late as in real time, and how late that is."""
    # The limiter, which ends every chain, is the only one in its own case.
    effect = effects_of(chain_settings(content), RATE_HZ)[0]
    return effect.process(sound() * np.float32(10 ** (gain_db / 20))), effect.latency_frames


def sounds() -> Json:
    """Everything that is close."""
    cases = []
    for name, (content, gain_db) in CASES.items():
        samples, latency_frames = rendered(content, gain_db)
        cases.append(
            {
                "name": name,
                "settings": content,
                "gain_db": gain_db,
                "latency_frames": latency_frames,
                "samples": [[float(each) for each in row[::EVERY]] for row in samples],
            }
        )
    responses = []
    for space in SPACES:
        for rate_hz in (44_100, 48_000):
            response = impulse_response(space, rate_hz)
            places = [*range(0, 4000, 37), *range(4000, response.shape[1], 2311)]
            responses.append(
                {
                    "space": space,
                    "rate_hz": rate_hz,
                    "frames": response.shape[1],
                    "places": places,
                    "samples": [[float(row[place]) for place in places] for row in response],
                }
            )
    return {"rate_hz": RATE_HZ, "frames": FRAMES, "every": EVERY, "cases": cases, "responses": responses}


def main() -> None:
    """Write the files."""
    (HERE / "effects_settings.json").write_text(json.dumps(settings(), separators=(",", ":")) + "\n")
    (HERE / "effects_sound.json").write_text(json.dumps(sounds(), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
