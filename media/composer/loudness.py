"""Loudness and true peak of a buffer as the mixdown asks for them, and where its peaks lie."""

import math

import numpy as np

from media.analysis.loudness import LoudnessMeter
from media.analysis.true_peak import PHASES, TruePeakMeter
from media.compiled import compiled
from media.composer.samples import Audio
from media.pcm import Pcm


def loudness_lufs(sound: Audio) -> float:
    """Gated loudness of a stereo buffer; minus infinity if nothing passes the gates or it is shorter than 400 ms."""
    meter = LoudnessMeter()
    meter.add(Pcm(np.ascontiguousarray(sound)))
    return -math.inf if meter.loudness_lufs is None else meter.loudness_lufs


def peak_envelope(sound: Audio, floor: float) -> Audio:
    """Largest magnitude of both channels at and around every frame, between the samples too, shape (frames,).

    Stretches that stay below `floor` (linear) between the samples are told by their samples alone, which is what
    makes it cheap.
    """
    envelope: Audio = np.max(np.abs(sound), axis=0)
    margin = PHASES.shape[1]
    for channel in sound:
        padded = np.concatenate([np.zeros(margin, np.float32), channel, np.zeros(margin, np.float32)])
        _raise_between(padded, PHASES, float(np.abs(PHASES).sum(axis=1).max()), floor, envelope)
    return envelope


@compiled
def _raise_between(padded: Audio, phases: Audio, reach: float, floor: float, envelope: Audio) -> None:
    """Raise `envelope` at both neighbours of every value between samples.

    `padded` has one filter length of zeros at both ends.
    """
    taps = phases.shape[1]
    # Tap 15 of 32 is the sample before the interpolated value.
    before = taps // 2 - 1
    for start in range(0, envelope.size, 64):
        stop = min(start + 64, envelope.size)
        largest = 0.0
        for index in range(start + taps - before, stop + taps + taps - before):
            if index < padded.size:
                largest = max(largest, abs(padded[index]))
        if largest * reach <= floor:
            continue
        for frame in range(start, stop):
            first = frame + taps - before
            for phase in range(phases.shape[0]):
                total = 0.0
                for tap in range(taps):
                    total += phases[phase, tap] * padded[first + tap]
                envelope[frame] = max(envelope[frame], abs(total))
                if frame + 1 < envelope.size:
                    envelope[frame + 1] = max(envelope[frame + 1], abs(total))


def true_peak_db(sound: Audio) -> float:
    """Highest true peak of a stereo buffer in dB of full scale; minus infinity for digital silence."""
    meter = TruePeakMeter()
    meter.add(Pcm(np.ascontiguousarray(sound)))
    return -math.inf if meter.true_peak_db is None else meter.true_peak_db
