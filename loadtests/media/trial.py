"""One engine on all signals: every figure of every seed, tempo and pitch."""

from collections.abc import Mapping, Sequence
from typing import Final

from loadtests.media import metrics
from loadtests.media.engines import Engine, Task
from loadtests.media.signals import RATE_HZ, SCORES
from media.pcm import Samples

TEMPOS: Final = (0.5, 0.8, 1.25, 2.0)
# The same fifth up and down, and an octave: far enough to hear what an engine does, off the grid of semitones once.
SEMITONES: Final = (-12.0, -5.0, 3.37, 12.0)
FORMANT_SEMITONES: Final = (-5.0, 5.0)

_TIMED: Final = frozenset({"chords", "vowels"})

Figures = Mapping[str, Sequence[float]]
"""By name of the figure: one value for each signal that was measured."""


class Trial:
    """Collects the figures of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.figures: dict[str, list[float]] = {}

    def run(self, seeds: Sequence[int]) -> Figures:
        """Everything, after one task that is not counted, for compiling."""
        self._do("chords", seeds[0], 0.8, 3.0)
        for seed in seeds:
            for tempo in TEMPOS:
                self._stretch(seed, tempo)
            for semitones in SEMITONES:
                self._shift(seed, semitones)
            for semitones in FORMANT_SEMITONES:
                result, ideal, spent = self._do("vowels", seed, 1.0, semitones, keeps_formants=True)
                self._note("formant mel", metrics.mel_distance_db(result, ideal))
                self._note("formant cpu", 1000 * spent)
            self._identity(seed)
        return self.figures

    def _stretch(self, seed: int, tempo: float) -> None:
        result, ideal, _ = self._do("sine", seed, tempo)
        rendering = SCORES["sine"](seed, tempo, 1.0)
        self._note("sine", metrics.signal_to_noise_db(result, rendering.hertz))
        self._note("phase", metrics.stereo_phase_degrees(result, rendering))
        self._note("length", metrics.length_error_ms(result, ideal))
        result, _, _ = self._do("hits", seed, tempo)
        rendering = SCORES["hits"](seed, tempo, 1.0)
        doubled, lost = metrics.doubled_and_lost(result, rendering)
        self._note("doubled", doubled)
        self._note("lost", lost)
        self._note("pre-echo", metrics.pre_echo_db(result, rendering.hits))
        self._note("offset", metrics.hit_offset_ms(result, rendering))
        result, ideal, spent = self._do("chords", seed, tempo)
        self._note(f"cpu {tempo}", 1000 * spent)
        self._note("convergence", metrics.spectral_convergence(result, ideal))
        self._note("mel", metrics.mel_distance_db(result, ideal))

    def _shift(self, seed: int, semitones: float) -> None:
        result, _, _ = self._do("sine", seed, 1.0, semitones)
        rendering = SCORES["sine"](seed, 1.0, 2 ** (semitones / 12))
        self._note("pitch sine", metrics.signal_to_noise_db(result, rendering.hertz))
        self._note("cents", metrics.cents(result, rendering.hertz))
        result, ideal, spent = self._do("chords", seed, 1.0, semitones)
        self._note("pitch cpu", 1000 * spent)
        self._note("pitch mel", metrics.mel_distance_db(result, ideal))

    def _identity(self, seed: int) -> None:
        result, ideal, _ = self._do("chords", seed, 1.0)
        self._note("identity", metrics.identity_db(result, ideal))

    def _do(
        self, score: str, seed: int, tempo: float, semitones: float = 0.0, *, keeps_formants: bool = False
    ) -> tuple[Samples, Samples, float]:
        """The result, the ideal, and processor seconds for each second of result."""
        make = SCORES[score]
        task = Task(make, seed, make(seed, 1.0, 1.0).samples, tempo, semitones, keeps_formants)
        # The lower of two: the first one finds the processor's caches full of the signal's making.
        result, spent = self._engine(task)
        if score in _TIMED:
            spent = min(spent, self._engine(task)[1])
        return result, make(seed, tempo, task.change.ratio).samples, spent / (result.shape[1] / RATE_HZ)

    def _note(self, figure: str, value: float) -> None:
        self.figures.setdefault(figure, []).append(value)
