from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from media.problem import MediaProblem
from media.stretch.rubberband import PROGRAM, Rubberband, is_there, library
from tests.media.sounds import Array, music


class FakeLibrary:
    """Reads along the path without any art."""

    def timemap_stretch(
        self, y: Array, sr: int, time_map: Sequence[tuple[int, int]], rbargs: Mapping[str, str]
    ) -> NDArray[np.float64]:
        self.path, self.options = list(time_map), dict(rbargs)
        source, target = zip(*time_map, strict=True)
        # The program is off by some samples at the end.
        at = np.interp(np.arange(target[-1] - 3), target, source)
        return np.asarray(y[np.minimum(at.astype(np.int64), y.shape[0] - 1)], np.float64)


def test_without_the_program_the_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not is_there()
    with pytest.raises(MediaProblem, match=PROGRAM) as caught:
        library()
    assert caught.value.code == "engine-missing"


def test_the_path_of_rates_is_handed_over_and_the_length_is_exact() -> None:
    package = FakeLibrary()
    engine = Rubberband(44_100, package)
    samples = music(3000)
    for begin, rate in ((0, 0.5), (1000, 0.5), (2000, 2.0)):
        assert engine.process(samples[:, begin : begin + 1000], rate).shape == (2, 0)
    result = engine.flush()
    assert package.path == [(0, 0), (2000, 4000), (3000, 4500)]
    assert "--centre-focus" in package.options
    assert result.shape == (2, 4500)
    assert result.dtype == np.float32


def test_nothing_in_nothing_out() -> None:
    assert Rubberband(44_100, FakeLibrary()).flush().shape == (2, 0)
