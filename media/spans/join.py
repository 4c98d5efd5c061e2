"""Joining two spans: where, at which lag, and across (`media/spans/grid.py` has the picture).

The place is the one at which the sounds correlate best, of both channels together. All is computed in one fixed order from the
two sounds, so a join is the same whoever makes it.

Source of crossing over at the best-correlating lag: S. Roucos, A. Wilgus, "High quality time-scale modification for speech",
ICASSP 1985. Source of the gains: M. Fink, M. Holters, U. Zölzer, "Signal-matched power-complementary cross-fading and
dry-wet mixing", DAFx 2016.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from media.pcm import CHANNELS, Samples
from media.spans.grid import JOIN_FROM, OVERLAP_FRAMES, REACH_FRAMES, SEARCH_FRAMES, SETTLED
from media.stretch.resampler import interpolate, sinc_taps

# Places are tried every 10 ms, first on means of four samples; then every lag near the best.
_PLACE_STEP: Final = 480
_COARSE: Final = 4
# Of the mean energy of what is searched: below -30 dB of it, silence counts as agreement, so a rest is a good place.
_FLOOR: Final = 1e-3
_LEAST: Final = 1e-12
# What the longest lag has to gain in correlation over none.
_LAG_COST: Final = 0.03

OLD_FRAMES: Final = JOIN_FROM + SEARCH_FRAMES + OVERLAP_FRAMES
"""So much of the old span is needed behind the border."""
# Reading between frames needs some around a position.
NEW_FRAMES: Final = SETTLED + 32
"""And of the new one."""
_PLACES: Final = 1 + SEARCH_FRAMES // _PLACE_STEP
_Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Match:
    """Where two spans are joined.

    Attributes:
        place: First frame of the cross-over, counted from the border.
        lag: The new span is read so many frames ahead of where the map puts it; negative: behind.
        correlation: How alike both are there, 0 … 1.
    """

    place: int
    lag: int
    correlation: float


def joined(old: Samples, new: Samples) -> Samples:
    """The sound from `JOIN_FROM` up to `SETTLED`: the old span, the cross-over, the new one on its way to its place.

    Args:
        old: float32, shape (2, frames): the old span from the border on, up to `OLD_FRAMES` or further.
        new: The new one from the border on, up to `NEW_FRAMES` or further.

    Returns:
        float32, shape (2, SETTLED - JOIN_FROM).
    """
    match = best_match(old, new)
    sound = np.empty((CHANNELS, SETTLED - JOIN_FROM), np.float32)
    entered = match.place + OVERLAP_FRAMES
    sound[:, : match.place - JOIN_FROM] = old[:, JOIN_FROM : match.place]
    at = match.place + match.lag
    cross_over(
        old[:, match.place : entered],
        new[:, at : at + OVERLAP_FRAMES],
        match.correlation,
        sound[:, match.place - JOIN_FROM : entered - JOIN_FROM],
    )
    rest = sound[:, entered - JOIN_FROM :]
    if match.lag == 0:
        rest[:] = new[:, entered:SETTLED]
    else:
        line = (float(entered + match.lag), float(entered), 1 - match.lag / (SETTLED - entered))
        on_its_way = np.empty(rest.shape, np.float32)
        interpolate(np.ascontiguousarray(new), 0, line, entered, sinc_taps(0), on_its_way)
        rest[:] = on_its_way
    return sound


def best_match(old: Samples, new: Samples) -> Match:
    """Where `old` and `new` (as of `joined`) go on most alike."""
    places = JOIN_FROM + _PLACE_STEP * np.arange(_PLACES)
    size = SEARCH_FRAMES + OVERLAP_FRAMES
    olds = _thinned(old[:, JOIN_FROM : JOIN_FROM + size])
    news = _thinned(new[:, JOIN_FROM - REACH_FRAMES : JOIN_FROM + size + REACH_FRAMES])
    scores = _coarse_scores(olds, news)
    best, coarse = np.unravel_index(int(np.argmax(scores)), scores.shape)
    place = int(places[best])
    middle = _COARSE * int(coarse) - REACH_FRAMES
    return _finest(old, new, place, middle)


def cross_over(old: Samples, new: Samples, correlation: float, sound: Samples) -> None:
    """From `old` to `new`, at constant power for sounds of this correlation, into `sound` (all shape (2, OVERLAP_FRAMES))."""
    rising = (0.5 - 0.5 * np.cos(np.pi * (np.arange(old.shape[1]) + 0.5) / old.shape[1])).astype(np.float32)
    falling = np.float32(1) - rising
    power = falling * falling + rising * rising + np.float32(2 * correlation) * falling * rising
    level = np.float32(1) / np.sqrt(power)
    sound[:] = (old * falling + new * rising) * level


def _thinned(samples: Samples) -> Samples:
    """Means of every `_COARSE` frames."""
    count = samples.shape[1] // _COARSE
    return np.ascontiguousarray(samples[:, : count * _COARSE].reshape(CHANNELS, count, _COARSE).mean(axis=2))


def _coarse_scores(olds: Samples, news: Samples) -> _Numbers:
    """How good every place (rows) and every lag (columns) is, of thinned sounds."""
    length, lags = OVERLAP_FRAMES // _COARSE, 2 * REACH_FRAMES // _COARSE + 1
    first = np.arange(_PLACES)[:, None] * (_PLACE_STEP // _COARSE)
    size = 1 << (length + lags - 2).bit_length()
    pieces = olds[:, first + np.arange(length)]
    others = news[:, first + np.arange(length + lags - 1)]
    transformed = np.conj(np.fft.rfft(pieces, size)) * np.fft.rfft(others, size)
    products = np.fft.irfft(transformed.sum(axis=0), size)[:, :lags]
    energy = (pieces.astype(np.float64) ** 2).sum(axis=(0, 2))
    running = np.concatenate(
        [np.zeros((_PLACES, 1)), np.cumsum((others.astype(np.float64) ** 2).sum(axis=0), axis=1)], axis=1
    )
    other_energy = running[:, length:] - running[:, :-length]
    floor = _FLOOR * float(energy.mean()) + _LEAST
    likeness: _Numbers = (products + floor) / np.sqrt((energy[:, None] + floor) * (other_energy + floor))
    cost: _Numbers = _LAG_COST * np.abs(np.linspace(-1, 1, lags))
    scores: _Numbers = likeness - cost
    return scores


def _finest(old: Samples, new: Samples, place: int, middle: int) -> Match:
    """The best lag within a coarse step of `middle`, at full rate."""
    piece = old[:, place : place + OVERLAP_FRAMES].astype(np.float64)
    energy = float((piece**2).sum())
    best = Match(place, 0, -1.0)
    lags = range(max(-REACH_FRAMES, middle - _COARSE), min(REACH_FRAMES, middle + _COARSE) + 1)
    # The shortest first, so that equals (silence) are joined without a lag.
    for lag in sorted(lags, key=abs):
        at = place + lag
        other = new[:, at : at + OVERLAP_FRAMES].astype(np.float64)
        product, other_energy = float((piece * other).sum()), float((other**2).sum())
        likeness = (product + _LEAST) / np.sqrt((energy + _LEAST) * (other_energy + _LEAST))
        if likeness > best.correlation:
            best = Match(place, lag, float(likeness))
    return Match(best.place, best.lag, min(1.0, max(0.0, best.correlation)))
