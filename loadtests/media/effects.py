"""What effects cost: processor time of the server's renders for each second of sound."""

import time
from collections.abc import Mapping
from typing import Final

import numpy as np

from media.effects.chain import Chain, Effect, effects_of
from media.effects.limiter import Limiter
from media.effects.settings import chain_settings
from media.pcm import Samples

RATE_HZ: Final = 48_000
SECONDS: Final = 20
_RUNS: Final = 3

SETTINGS: Final[Mapping[str, object]] = {
    "equalizer": {"equalizer": {"gains_db": [6, -3, 1, 2, -1, 1, 2, -6, 3, 12]}},
    "drive": {"drive": {"amount_db": 12}},
    "compressor": {"compressor": {"threshold_db": -30}},
    "echo": {"echo": {}},
    "room": {"reverb": {"space": "room"}},
    "hall": {"reverb": {"space": "hall"}},
    "cathedral": {"reverb": {"space": "cathedral"}},
    "limiter": {"limiter": {}},
}


def costs(seconds: int = SECONDS) -> dict[str, float]:
    """Milliseconds for each second of loud noise, by effect: the least of three runs."""
    random = np.random.default_rng(1)
    samples = (random.standard_normal((2, seconds * RATE_HZ)) * 0.3).astype(np.float32)
    return {name: min(_cost(content, samples) for _ in range(_RUNS)) for name, content in SETTINGS.items()}


def effects_table(found: Mapping[str, float]) -> str:
    """As Markdown."""
    rows = [f"| {name} | {milliseconds:.1f} | {1000 / milliseconds:.0f} |" for name, milliseconds in found.items()]
    return "\n".join(["| effect | ms per second | times real time |", "|---|--:|--:|", *rows])


def _cost(content: object, samples: Samples) -> float:
    chain = Chain(_alone(content))
    # Compiling is not counted.
    chain.process(samples[:, :RATE_HZ])
    begin = time.process_time()
    chain.process(samples)
    spent: float = 1000 * (time.process_time() - begin) / (samples.shape[1] / RATE_HZ)
    return spent


def _alone(content: object) -> list[Effect]:
    """Without the limiter that ends every chain, unless it is what is measured."""
    settings = chain_settings(content)
    row = effects_of(settings, RATE_HZ)
    return row if settings.limiter is not None else [each for each in row if not isinstance(each, Limiter)]
