"""What a listener would say about a rendering: its key and how well a tempo fits. Written apart from the composer's own code."""

import numpy as np
from numpy.typing import NDArray

from media.composer.score import Key, Mode
from media.composer.song import Song

# Source: C. Krumhansl, "Cognitive Foundations of Musical Pitch", 1990, probe-tone ratings.
Numbers = NDArray[np.float64]
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
PROFILES: tuple[tuple[Numbers, Mode], ...] = ((MAJOR, "major"), (MINOR, "minor"))
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def best_key(histogram: Numbers) -> Key:
    """The key whose profile correlates best with twelve pitch-class weights."""
    found = [
        (float(np.corrcoef(np.roll(profile, tonic), histogram)[0, 1]), Key(NAMES[tonic], mode))
        for profile, mode in PROFILES
        for tonic in range(12)
    ]
    return max(found, key=lambda pair: pair[0])[1]


def written_histogram(song: Song) -> Numbers:
    """Pitch classes of all written notes by length, velocity and level of their part; drums and noises left out."""
    weights = np.zeros(12)
    for part in song.write(song.form):
        if part.stem == "drums" or any(
            note.syllable in ("air", "vinyl", "rain", "riser", "splash") for note in part.notes
        ):
            continue
        heard = np.zeros(12)
        for note in part.notes:
            heard[round(note.pitch) % 12] += min(note.length, 4) * note.velocity
        weights += 10 ** (part.loudness / 20) * heard / heard.sum()
    return weights


def chroma(sound: NDArray[np.float32], low_hz: float = 50, high_hz: float = 1200) -> Numbers:
    """Pitch classes of the spectral peaks of a mono sound, every window weighted alike."""
    size = 16_384
    windows = np.stack([sound[start : start + size] for start in range(0, sound.size - size, size // 2)])
    spectrum = np.abs(np.fft.rfft(windows * np.hanning(size), axis=1))
    inner = spectrum[:, 1:-1]
    is_peak = (
        (inner > spectrum[:, :-2]) & (inner >= spectrum[:, 2:]) & (inner > 0.02 * spectrum.max(axis=1, keepdims=True))
    )
    hertz = np.fft.rfftfreq(size, 1 / 48_000)[1:-1]
    heard = (hertz > low_hz) & (hertz < high_hz)
    classes = np.round(12 * np.log2(hertz[heard] / 440) + 69).astype(int) % 12
    peaks = np.sqrt(np.where(is_peak, inner, 0)[:, heard])
    by_class = np.stack([peaks[:, classes == number].sum(axis=1) for number in range(12)], axis=1)
    by_class /= by_class.max(axis=1, keepdims=True) + 1e-9
    return np.asarray(by_class.sum(axis=0), np.float64)


def pulse_at(sound: NDArray[np.float32], beat_seconds: float) -> float:
    """Autocorrelation (-1 … 1) of the onsets of a mono sound at a distance."""
    hop = 480
    windows = np.lib.stride_tricks.sliding_window_view(sound, 1024)[::hop]
    spectrum = np.log1p(30 * np.abs(np.fft.rfft(windows * np.hanning(1024), axis=1)))
    onsets = np.maximum(np.diff(spectrum, axis=0), 0).sum(axis=1)
    # Less the mean of the second around: louder and quieter sections are no rhythm.
    onsets -= np.convolve(onsets, np.ones(101) / 101, "same")
    power = np.abs(np.fft.rfft(onsets, 2 * onsets.size)) ** 2
    similar = np.fft.irfft(power)[: onsets.size]
    return float(np.interp(beat_seconds * 48_000 / hop, np.arange(onsets.size), similar / similar[0]))
