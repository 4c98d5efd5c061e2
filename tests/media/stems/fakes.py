"""Separators that need no torch, and a model file."""

from pathlib import Path

import numpy as np

from media.pcm import Samples
from media.stems.model_file import ModelDescription, write_model

TINY = ModelDescription(
    "HTDemucs",
    {
        "sources": ["drums", "bass", "other", "vocals"],
        "audio_channels": 2,
        "samplerate": 48_000,
        "segment": 0.5,
        "channels": 8,
        "depth": 2,
        "t_layers": 0,
        "nfft": 512,
    },
)


class Shares:
    """Gives every stem its share of the window."""

    def __init__(
        self, *, rate_hz: int = 48_000, window_frames: int = 1000, shares: tuple[float, ...] = (0.5, 0.25)
    ) -> None:
        self.stems = tuple(f"stem {number}" for number in range(len(shares)))
        self.rate_hz = rate_hz
        self.window_frames = window_frames
        self.shares = shares
        self.asked = 0

    def estimate(self, window: Samples) -> Samples:
        assert window.shape == (2, self.window_frames)
        self.asked += 1
        return np.stack([window * np.float32(share) for share in self.shares])


def model_file(path: Path, description: ModelDescription = TINY, **told: str) -> Path:
    """A file with two weights that fit no model."""
    write_model(path, description, {"a": np.ones((2, 3), np.float32), "b": np.zeros(1, np.int64)}, told)
    return path


def noise(frames: int, seed: int = 0) -> Samples:
    """24-bit stereo noise."""
    wide = np.random.default_rng(seed).uniform(-0.9, 0.9, (2, frames))
    return (np.round(wide * 2**23) / 2**23).astype(np.float32)
