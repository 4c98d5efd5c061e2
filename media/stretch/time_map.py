"""Which input sample belongs to which output sample while the rate changes on the way."""

from bisect import bisect_right


class TimeMap:
    """A line of straight pieces: input samples against output samples, both counted from the stream's beginning.

    Rates are input samples per output sample (2.0 plays twice as fast). How often `extend` is called with the same rate
    changes no result: only a new rate begins a new piece.
    """

    def __init__(self) -> None:
        self._inputs: list[int] = [0]
        self._outputs: list[float] = [0.0]
        self._rates: list[float] = []
        self.end = 0

    def extend(self, frames: int, rate: float) -> None:
        """The next `frames` input samples play at `rate`."""
        if frames == 0:
            return
        if not self._rates:
            self._rates.append(rate)
        elif self._rates[-1] != rate:
            self._outputs.append(self.output_at(self.end))
            self._inputs.append(self.end)
            self._rates.append(rate)
        self.end += frames

    def output_at(self, position: float) -> float:
        """Output samples that come before input sample `position`."""
        piece = max(0, bisect_right(self._inputs, position) - 1)
        return self._outputs[piece] + (position - self._inputs[piece]) / self._rates[piece]

    def input_at(self, position: float) -> float:
        """Input samples that come before output sample `position`."""
        piece = max(0, bisect_right(self._outputs, position) - 1)
        return self._inputs[piece] + (position - self._outputs[piece]) * self._rates[piece]

    def forget_before(self, output: float) -> None:
        """Drop the pieces that end before output sample `output`; nobody asks for them any more."""
        done = bisect_right(self._outputs, output) - 1
        if done > 0:
            del self._inputs[:done], self._outputs[:done], self._rates[:done]
