"""Listening to a recording once, with every measurement at the same time.

`STEREO_METERS` and `MONO_METERS` are the tables: a measurement is a file beside this one, a line here, and a field in
`media/recording_facts.py`. What is read from the facts themselves stands in `_with_estimates`.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from media.analysis.audible import AudibleMeter
from media.analysis.beats import RhythmMeter
from media.analysis.decimation import Decimator
from media.analysis.energy import energy_estimate
from media.analysis.fingerprint import FingerprintMeter
from media.analysis.key import KeyMeter
from media.analysis.loudness import LoudnessMeter
from media.analysis.mood import mood_of, valence_estimate
from media.analysis.peaks import ZOOMS_PER_SECOND, PeakMeter
from media.analysis.true_peak import TruePeakMeter
from media.pcm import Pcm, Samples
from media.recording_facts import Findings, RecordingFacts


class StereoMeter(Protocol):
    """Measures 48 kHz stereo; any cutting into blocks gives the same findings."""

    def add(self, pcm: Pcm) -> None:
        """The next frames of the recording."""
        ...

    def findings(self) -> Findings:
        """About everything added. Nothing may follow."""
        ...


class MonoMeter(Protocol):
    """Measures 12 kHz mono (`media/analysis/decimation.py`), else as `StereoMeter`."""

    def add(self, mono: Samples) -> None:
        """The next frames of the recording."""
        ...

    def findings(self) -> Findings:
        """About everything added. Nothing may follow."""
        ...


STEREO_METERS: Final[Mapping[str, Callable[[], StereoMeter]]] = {
    "loudness": LoudnessMeter,
    "true peak": TruePeakMeter,
    "audible ends": AudibleMeter,
}
MONO_METERS: Final[Mapping[str, Callable[[], MonoMeter]]] = {
    "tempo and beats": RhythmMeter,
    "key": KeyMeter,
    "fingerprint": FingerprintMeter,
}


class Listener:
    """One pass over one recording: `add` its blocks, then ask for `facts` and `waveform`."""

    def __init__(self) -> None:
        self._stereo = [make() for make in STEREO_METERS.values()]
        self._mono = [make() for make in MONO_METERS.values()]
        self._decimator = Decimator()
        self._peaks = PeakMeter()

    def add(self, pcm: Pcm) -> None:
        """The next frames of the recording."""
        self._peaks.add(pcm)
        for stereo in self._stereo:
            stereo.add(pcm)
        self._add_mono(self._decimator.mono(pcm))

    def facts(self) -> RecordingFacts:
        """All facts. To be asked once, after the last block."""
        self._add_mono(self._decimator.rest())
        found: dict[str, object] = {}
        for stereo in self._stereo:
            found.update(stereo.findings())
        for mono in self._mono:
            found.update(mono.findings())
        return _with_estimates(msgspec.convert(found, RecordingFacts))

    def waveform(self, per_second: int) -> bytes:
        """The waveform at one of `ZOOMS_PER_SECOND`."""
        assert per_second in ZOOMS_PER_SECOND
        return self._peaks.to_bytes(per_second)

    def _add_mono(self, mono: Samples) -> None:
        for meter in self._mono:
            meter.add(mono)


def _with_estimates(facts: RecordingFacts) -> RecordingFacts:
    if facts.loudness_lufs is None or facts.brightness_hz is None:
        return facts
    energy = energy_estimate(facts.loudness_lufs, facts.onset_strength, facts.brightness_hz)
    valence = valence_estimate(facts.key, facts.key_confidence, facts.tempo_bpm, facts.brightness_hz)
    return msgspec.structs.replace(
        facts, energy_estimate=energy, valence_estimate=valence, mood_estimate=mood_of(energy, valence)
    )
