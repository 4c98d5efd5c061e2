"""A phase vocoder for music: changes tempo, keeps pitch.

Frames are laid down one hop apart; each is turned, peak by peak, so that it goes on where the last one left off. What is
different from the textbook:

- Both channels are one complex transform and turn alike, so the stereo image is exact.
- The frame that tells a peak's speed is cut out of the input exactly one output hop earlier. So no angle is computed and
  nothing has to be unwrapped, and at rate 1 every turn is the identity: the sound comes out as it went in.
- At an onset, frames before it end there, one frame begins exactly there, and frames after it leave the attack out: a hit is
  heard once, sharp, and where the time map puts it.

Source: J. Laroche, M. Dolson, "Improved phase vocoder time-scale modification of audio", IEEE 1999; A. Röbel, "A new approach
to transient processing in the phase vocoder", DAFx 2003.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

import numpy as np

from media.pcm import Samples
from media.stretch.formants import Envelope
from media.stretch.fourier import roots_of_unity
from media.stretch.onsets import OnsetDetector
from media.stretch.time_map import TimeMap
from media.stretch.vocoder_kernels import CONTINUE, FADE, FIRST, STRIKE, look_again, resound, settle, vocode

# How long what follows an onset is left to the frame that begins there, so that it sounds as short as it was: short drums are
# over by then. Less where another onset follows soon, and never so long that the frame has faded.
_LEAST_GUARD_SECONDS: Final = 0.0075
_MOST_GUARD_SECONDS: Final = 0.02
_MOST_GUARD_HOPS: Final = 0.75
_LEAST_ONSET_DISTANCE_SECONDS: Final = 0.02
_HOPS_PER_WINDOW: Final = 4
# The cut lies before the onset that was found: the very first samples of a hit may be too soft to be noticed.
_LEAD_SECONDS: Final = 0.0004
# The first frame lies this far inside, so that the second one finishes some output already.
_FIRST_AT: Final = 4
_PIECE: Final = 16_384
_ROW_GAP: Final = 80
# An onset that rounds to the same output sample as a frame lies this much further on in the input at most.
_ROUNDING: Final = 4


def window_size(rate_hz: int, seconds: float) -> int:
    """The power of two nearest to a window of `seconds`, at least 64."""
    return max(64, 1 << round(float(np.log2(rate_hz * seconds))))


class Vocoder:
    """Takes input in blocks of any size; what comes out does not depend on how it was cut.

    Attributes:
        size: Frames of a window.
        formant_ratio: By what factor the input's pitch was raised, and its formants have to come down again; 1: leave
            them. Takes effect with the next frame.
    """

    def __init__(self, rate_hz: int, window_seconds: float, *, waits_for_onsets: bool = True) -> None:
        """Make one for a stream.

        Args:
            rate_hz: The stream's sample rate.
            window_seconds: Length of a window, rounded to a power of two of samples.
            waits_for_onsets: Hear further ahead at rates above 1, until no frame reaches over an onset it does not know.
                Without, such a frame takes up to a fifth of a hit's first milliseconds.
        """
        self.formant_ratio = 1.0
        self._waits_for_onsets = waits_for_onsets
        self.size = window_size(rate_hz, window_seconds)
        self._hop = self.size // _HOPS_PER_WINDOW
        self._window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self.size) / self.size)).astype(np.float32)
        self._roots = roots_of_unity(self.size)
        self._lead = round(_LEAD_SECONDS * rate_hz)
        self._least_guard = round(_LEAST_GUARD_SECONDS * rate_hz)
        most = min(round(_MOST_GUARD_SECONDS * rate_hz), int(_MOST_GUARD_HOPS * self._hop))
        self._most_guard = max(self._least_guard, most)
        self._map = TimeMap()
        # Between closer ones, frames that leave the attack out and end at the next onset would leave holes at rate 0.25.
        self._room = 3 * self._hop // 4
        distance = max(round(_LEAST_ONSET_DISTANCE_SECONDS * rate_hz), self._least_guard + self._room)
        self._detector = OnsetDetector(rate_hz, distance)
        self._onsets: deque[int] = deque()
        self._input = np.zeros((2, 2 * _PIECE + 8 * self.size + _ROW_GAP), np.float32)
        # Input before the beginning is silence; the first frames reach back there.
        self._input_base = -2 * self.size
        self._input_end = 0
        self._total = np.zeros((2, 8 * self.size + _ROW_GAP), np.float32)
        self._weights = np.zeros(8 * self.size + _ROW_GAP, np.float32)
        self._total_base = -self.size
        self._done = -self.size
        self._given = 0
        half = self.size // 2 + 1
        # Rows that lie a power of two apart would fight for the same lines of the processor's cache: half the speed.
        self._spectra = np.zeros((8, self.size + _ROW_GAP), np.float32)
        self._energy = np.zeros((2, half), np.float32)
        self._turn = np.zeros((2, half), np.float32)
        self._no_gain = np.zeros(0, np.float32)
        self._envelope = Envelope(rate_hz, self.size)
        self._last_at: int | None = None
        self._last_edges = (0, self.size, 0)
        # The onset struck last: in the input, in the output. The stream begins like one, without an attack to leave out.
        self._guard = self._least_guard
        self._struck = (-self._guard, -self._guard)
        self._end: int | None = None

    def process(self, samples: Samples, rate: float) -> Samples:
        """The next input at `rate` input samples per output sample; returns what is finished.

        Args:
            samples: float32, shape (2, frames).
            rate: 0.25 … 4.
        """
        finished = [np.zeros((2, 0), np.float32)]
        for begin in range(0, samples.shape[1], _PIECE):
            piece = samples[:, begin : begin + _PIECE]
            self._map.extend(piece.shape[1], rate)
            self._take(piece)
            finished.extend(self._run())
        return np.concatenate(finished, axis=1)

    def flush(self) -> Samples:
        """The rest, so that all output together is the exact length. Nothing may follow."""
        if not self._map.end:
            return np.zeros((2, 0), np.float32)
        due = round(self._map.output_at(self._map.end))
        finished = [np.zeros((2, 0), np.float32)]
        rest = due - self._given
        # The stream ends as if a hit came next: what is there is stretched up to the end rather than faded into silence.
        self._end = self._map.end
        self._take(np.zeros((2, 2 * self._detector.look_ahead), np.float32))
        self._onsets.append(self._end + self._lead)
        while sum(each.shape[1] for each in finished) < rest:
            self._take(np.zeros((2, self.size), np.float32))
            finished.extend(self._run())
        return np.concatenate(finished, axis=1)[:, :rest]

    def _take(self, samples: Samples) -> None:
        count = samples.shape[1]
        if self._input_end - self._input_base + count > self._input.shape[1]:
            self._forget_input()
        at = self._input_end - self._input_base
        self._input[:, at : at + count] = samples
        self._input_end += count
        found = self._detector.add(samples)
        self._onsets.extend(found if self._end is None else (each for each in found if each < self._end))

    def _forget_input(self) -> None:
        centre = 0 if self._last_at is None else round(self._map.input_at(self._last_at))
        keep_from = centre - 2 * self.size
        shift = keep_from - self._input_base
        if shift > 0:
            kept = self._input_end - keep_from
            self._input[:, :kept] = self._input[:, shift : shift + kept].copy()
            self._input_base = keep_from

    def _run(self) -> Iterator[Samples]:
        while (planned := self._planned()) is not None:
            centre, at, is_onset = planned
            self._frame(centre, at, is_onset=is_onset)
            yield self._finished()

    def _planned(self) -> tuple[int, int, bool] | None:
        """Where the next frame lies in the input and in the output, and whether at an onset; None: more input is needed."""
        at = _FIRST_AT if self._last_at is None else self._last_at + self._hop
        centre = round(self._map.input_at(at)) if self._map.end else 0
        needed = centre + self.size // 2 + _ROUNDING
        if self._waits_for_onsets and self._map.end:
            needed = max(needed, round(self._map.input_at(at + self.size // 2)))
        if self._map.end == 0 or self._input_end < needed or self._detector.known_until < needed:
            return None
        last = _FIRST_AT - 1 if self._last_at is None else self._last_at
        while self._onsets:
            onset = self._onsets[0]
            strike = round(self._map.output_at(onset))
            if strike > at:
                break
            if strike > last and self._last_at is not None:
                return onset, strike, True
            self._onsets.popleft()
        return centre, at, False

    def _frame(self, centre: int, at: int, *, is_onset: bool) -> None:
        start = centre - self.size // 2
        edges = self._edges(centre, at)
        mode = CONTINUE
        earlier, edges_before = start, edges
        if self._last_at is None:
            mode = FIRST
        else:
            earlier = start - (at - self._last_at)
            edges_before = self._edges_before(earlier, centre)
        self._vocode(mode, start, earlier, edges, edges_before)
        self._resound(edges, at)
        if is_onset:
            self._onsets.popleft()
            self._struck = (centre, at)
            # All onsets that could make it shorter are known: they lie within half a window.
            gap = self._onsets[0] - centre if self._onsets else self.size
            self._guard = min(self._most_guard, max(self._least_guard, gap - self._room))
            half = self.size // 2
            high = max(half, self._edges(centre, at)[1])
            struck = (half - self._lead, high, 0)
            self._vocode(STRIKE, start, start, struck, edges)
            self._resound(struck, at)
            edges = (min(half + self._guard, high), high, self._fade(half))
            look_again(
                self._input, start - self._input_base, self._window, edges, self._spectra, self._turn, self._roots
            )
        self._last_at, self._last_edges = at, edges

    def _edges(self, centre: int, at: int) -> tuple[int, int, int]:
        """What of a frame is neither part of the attack behind it nor beyond the onset before it."""
        start, begin = centre - self.size // 2, at - self.size // 2
        low = max(0, self._struck[0] + self._guard - start, self._struck[1] + self._guard - begin)
        high = self.size
        if self._onsets:
            strike = round(self._map.output_at(self._onsets[0]))
            # Later onsets may not be known yet, depending on how the stream is cut.
            is_known = self._waits_for_onsets and strike < begin + self.size
            if is_known or self._onsets[0] < start + self.size:
                high = min(high, self._onsets[0] - self._lead - start, strike - self._lead - begin)
        low = min(low, self.size)
        return low, max(low, high), self._fade(low)

    def _edges_before(self, start: int, centre: int) -> tuple[int, int, int]:
        low = max(self._last_edges[0], self._struck[0] + self._guard - start)
        high = self._last_edges[1]
        if self._onsets and self._onsets[0] < centre + self.size // 2:
            high = min(high, self._onsets[0] - self._lead - start)
        low = min(low, self.size)
        return low, max(low, high), self._fade(low)

    def _fade(self, low: int) -> int:
        """Behind an attack sound has to come in softly; the stream's beginning has none."""
        return FADE if low and self._struck[0] >= 0 else 0

    def _vocode(
        self, mode: int, start: int, earlier: int, edges: tuple[int, int, int], edges_before: tuple[int, int, int]
    ) -> None:
        vocode(
            mode,
            self._input,
            (start - self._input_base, earlier - self._input_base),
            self._window,
            edges,
            edges_before,
            self._spectra,
            self._energy,
            self._turn,
            self._roots,
        )

    def _resound(self, edges: tuple[int, int, int], at: int) -> None:
        gain = self._no_gain
        if self.formant_ratio != 1:
            gain = self._envelope.gain(self._energy[0], self.formant_ratio)
        resound(
            self._spectra,
            gain,
            self._window,
            edges,
            at - self.size // 2 - self._total_base,
            self._total,
            self._weights,
            self._roots,
        )

    def _finished(self) -> Samples:
        """What no later frame reaches."""
        assert self._last_at is not None
        following = self._last_at + self._hop
        if self._map.input_at(following) >= self._detector.known_until:
            following = self._last_at + 1
        elif self._onsets:
            following = min(following, max(self._last_at + 1, round(self._map.output_at(self._onsets[0]))))
        until = following - self.size // 2
        count = until - self._done
        if count <= 0:
            return np.zeros((2, 0), np.float32)
        sound = np.empty((2, count), np.float32)
        begin = self._done - self._total_base
        settle(self._total, self._weights, begin, begin + count, sound)
        # What lies before the beginning is the first frames' silence.
        sound = sound[:, max(0, -self._done) :]
        self._done = until
        if begin + count + 2 * self.size > self._total.shape[1]:
            self._move_total(begin + count)
        self._given += sound.shape[1]
        self._map.forget_before(self._last_at - self.size)
        return sound

    def _move_total(self, shift: int) -> None:
        """Bring what is not finished to the beginning of its array."""
        self._total[:, : self.size] = self._total[:, shift : shift + self.size].copy()
        self._weights[: self.size] = self._weights[shift : shift + self.size].copy()
        self._total[:, self.size :] = 0
        self._weights[self.size :] = 0
        self._total_base += shift
