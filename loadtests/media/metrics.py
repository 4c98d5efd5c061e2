"""How far a stretched signal is from the ideal one. All are 0 for the ideal, or as large as numbers go."""

from typing import Final

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from loadtests.media.signals import RATE_HZ, Rendering
from media.pcm import Samples

# Everything below this counts as silence: 16 bit end 96 dB below full scale.
_QUIET_DB: Final = -80.0
_MEL_BANDS: Final = 80
Magnitudes = NDArray[np.float64]


def signal_to_noise_db(samples: Samples, hertz: float) -> float:
    """Energy of the sine of `hertz`, at whatever phase and level, against all else; the worse channel, without the edges."""
    part, found, basis = _fitted(samples, hertz)
    rest = part - (basis @ found).T
    return float(min(10 * np.log10((part**2).sum(axis=1) / np.maximum((rest**2).sum(axis=1), 1e-30))))


def stereo_phase_degrees(samples: Samples, ideal: Rendering) -> float:
    """How much the phase between the channels has moved."""
    angles = []
    for sound in (samples, ideal.samples):
        _, found, _ = _fitted(sound, ideal.hertz)
        angles.append(np.angle((found[0, 1] - 1j * found[1, 1]) / (found[0, 0] - 1j * found[1, 0])))
    return float(np.degrees(np.abs(np.angle(np.exp(1j * (angles[0] - angles[1]))))))


def cents(samples: Samples, hertz: float) -> float:
    """How far the pitch is off: the drift of the phase against the exact sine, in hundredths of a semitone."""
    part = _middle(samples)[0].astype(np.float64)
    turned = part * np.exp(-2j * np.pi * hertz * np.arange(part.size) / RATE_HZ)
    blocks = turned[: turned.size // 2048 * 2048].reshape(-1, 2048) * np.hanning(2048)
    phases = np.unwrap(np.angle(blocks.sum(axis=1)))
    slope = np.polyfit(np.arange(phases.size) * 2048 / RATE_HZ, phases, 1)[0] / (2 * np.pi)
    return float(abs(1200 * np.log2(1 + slope / hertz)))


def pre_echo_db(samples: Samples, at: NDArray[np.int64]) -> float:
    """Energy in the 50 ms that end 0.5 ms before a hit, against the 50 ms behind it; the worst hit that follows silence.

    A hit within 120 ms of another has that one's tail before it and does not count.
    """
    worst = -200.0
    span, edge = round(0.05 * RATE_HZ), round(0.0005 * RATE_HZ)
    for place in at[np.diff(at, prepend=-RATE_HZ) > 0.12 * RATE_HZ]:
        before = float((samples[:, place - span : place - edge].astype(np.float64) ** 2).sum())
        after = float((samples[:, place : place + span].astype(np.float64) ** 2).sum())
        worst = max(worst, 10 * np.log10((before + 1e-20) / (after + 1e-20)))
    return worst


def doubled_and_lost(samples: Samples, ideal: Rendering) -> tuple[int, int]:
    """Hits heard where none belongs, and hits of less than a quarter of their energy within 6 ms of their place."""
    frame = RATE_HZ // 500
    energy, wanted = _frames(samples, frame), _frames(ideal.samples, frame)
    size = min(energy.size, wanted.size)
    energy, wanted = energy[:size], wanted[:size]
    lost = 0
    allowed = np.zeros(size, bool)
    loudness = np.zeros(size)
    for place in ideal.hits // frame:
        near = slice(max(0, place - 2), place + 5)
        lost += bool(energy[near].sum() < 0.25 * wanted[near].sum())
        # Where its own decay is: softer than a second hit by far.
        allowed[max(0, place - 3) : place + 12] = True
        loudness[place : place + RATE_HZ // frame // 4] = np.maximum(
            loudness[place : place + RATE_HZ // frame // 4], wanted[near].max()
        )
    # A rise of 6 dB within 2 ms, to more than a tenth of the hit before it.
    rises = (energy > 4 * np.concatenate([[0.0], energy[:-1]])) & (energy > 0.1 * loudness) & (loudness > 0) & ~allowed
    return int(rises.sum()), lost


def hit_offset_ms(samples: Samples, ideal: Rendering) -> float:
    """How far the hit that is off most is from its place: where it first reaches half of its loudest sample."""
    worst = 0.0
    span = round(0.006 * RATE_HZ)
    for place in ideal.hits:
        begins = []
        for sound in (samples, ideal.samples):
            part = np.abs(sound[:, max(0, place - span) : place + span]).max(axis=0)
            begins.append(int(np.argmax(part > 0.5 * part.max())) if part.size else 0)
        worst = max(worst, abs(begins[0] - begins[1]) / RATE_HZ * 1000)
    return worst


def spectral_convergence(samples: Samples, ideal: Samples) -> float:
    """Distance of the magnitudes, relative to those of the ideal. Source: S. Ö. Arık and others, 2018."""
    ours, wanted = _both(samples, ideal)
    return float(np.linalg.norm(ours - wanted) / np.linalg.norm(wanted))


def mel_distance_db(samples: Samples, ideal: Samples) -> float:
    """Root mean square difference of 80 mel bands in dB, averaged over time; what is below -80 dB is silence."""
    ours, wanted = _both(samples, ideal)
    bands = _mel_bands(ours.shape[0])
    levels = [10 * np.log10(bands @ magnitudes**2 + 1e-12) for magnitudes in (ours, wanted)]
    floor = levels[1].max() + _QUIET_DB
    difference = np.maximum(levels[0], floor) - np.maximum(levels[1], floor)
    return float(np.mean(np.sqrt(np.mean(difference**2, axis=0))))


def identity_db(samples: Samples, original: Samples) -> float:
    """Signal against what has changed."""
    size = min(samples.shape[1], original.shape[1])
    error = samples[:, :size].astype(np.float64) - original[:, :size]
    energy = float(np.sum(np.square(original, dtype=np.float64)))
    return float(10 * np.log10(energy / max(float(np.sum(np.square(error))), 1e-30)))


def length_error_ms(samples: Samples, ideal: Samples) -> float:
    """How much too long or too short."""
    return float(abs(samples.shape[1] - ideal.shape[1])) / RATE_HZ * 1000


def _fitted(samples: Samples, hertz: float) -> tuple[Magnitudes, Magnitudes, Magnitudes]:
    part = _middle(samples).astype(np.float64)
    angle = 2 * np.pi * hertz * np.arange(part.shape[1]) / RATE_HZ
    basis = np.stack([np.cos(angle), np.sin(angle)]).T
    return part, np.linalg.lstsq(basis, part.T, rcond=None)[0], basis


def _middle(samples: Samples) -> Samples:
    edge = samples.shape[1] // 8
    return samples[:, edge:-edge]


def _frames(samples: Samples, frame: int) -> Magnitudes:
    energy = (samples.astype(np.float64) ** 2).sum(axis=0)
    return np.asarray(energy[: energy.size // frame * frame].reshape(-1, frame).sum(axis=1))


def _both(samples: Samples, ideal: Samples) -> tuple[Magnitudes, Magnitudes]:
    size = min(samples.shape[1], ideal.shape[1])
    return _magnitudes(samples[:, :size]), _magnitudes(ideal[:, :size])


def _magnitudes(samples: Samples) -> Magnitudes:
    """Shape (bins, frames of both channels one after the other)."""
    _, _, spectrum = scipy.signal.stft(samples.astype(np.float64), RATE_HZ, nperseg=2048, noverlap=1536)
    return np.asarray(np.abs(np.concatenate(list(spectrum), axis=1)))


def _mel_bands(bins: int) -> Magnitudes:
    """Triangles of equal width on the mel scale from 40 Hz to 16 kHz, shape (bands, bins)."""
    low_mel, high_mel = (2595 * float(np.log10(1 + hertz / 700)) for hertz in (40.0, 16_000.0))
    edges_mel = np.linspace(low_mel, high_mel, _MEL_BANDS + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    hertz = np.linspace(0, RATE_HZ / 2, bins)
    bands = np.zeros((_MEL_BANDS, bins))
    for band in range(_MEL_BANDS):
        low, centre, high = edges[band : band + 3]
        bands[band] = np.clip(np.minimum((hertz - low) / (centre - low), (high - hertz) / (high - centre)), 0, None)
        if bands[band].sum() == 0:
            bands[band, int(np.argmin(np.abs(hertz - centre)))] = 1
        bands[band] /= bands[band].sum()
    return bands
