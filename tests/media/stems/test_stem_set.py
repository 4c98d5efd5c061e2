import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from media.decode import Decoding
from media.pcm import Pcm, Samples
from media.problem import MediaProblem
from media.stem_models import MOST_SECONDS
from media.stems.stem_set import make_stem_set
from tests.media.stems.fakes import Shares, noise

FRAMES = 100_300
WINDOW = 10_000


class Noise:
    """A recording of 24-bit noise."""

    def __init__(self, frames: int = FRAMES) -> None:
        self._frames = frames
        self._samples = noise(min(frames, FRAMES))

    def frames(self, near: int) -> int:
        return self._frames

    def read(self, first: int, frames: int) -> Pcm:
        return Pcm(self._samples[:, first : first + frames].copy())


class Dying(Shares):
    """Kills its process when it is asked for the last time."""

    def __init__(self, answers: int) -> None:
        super().__init__(window_frames=WINDOW)
        self._answers = answers

    def estimate(self, window: Samples) -> Samples:
        if self.asked == self._answers:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().estimate(window)


def made(folder: Path, separator: Shares, told: list[float] | None = None) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    frames, paths = make_stem_set(
        Noise(),
        separator,
        folder / "unfinished" / "job.stems",
        lambda stem: folder / stem,
        (told if told is not None else []).append,
    )
    assert frames == FRAMES
    return dict(paths)


def sound_of(path: Path) -> Samples:
    return np.concatenate([block.samples for block in Decoding(path).blocks()], axis=1)


def test_stems_are_half_as_loud_and_add_up_to_the_recording(tmp_path: Path) -> None:
    told: list[float] = []
    files = made(tmp_path, Shares(window_frames=WINDOW), told)
    stems = [sound_of(path) for path in files.values()]
    assert list(files) == ["stem 0", "stem 1"]
    mix = noise(FRAMES)
    # Half a step of 24 bits is lost in each.
    assert np.abs(2 * (stems[0] + stems[1]) - mix).max() <= 2 * 2.0**-23
    assert np.abs(2 * stems[0] - 0.625 * mix).max() <= 2.0**-20
    assert told == sorted(told)
    # The first window is told by itself.
    assert told[0] == pytest.approx(0.95 * 9000 / FRAMES)
    assert list((tmp_path / "unfinished").iterdir()) == []


@pytest.mark.parametrize("answers", [0, 1, 6, 11])
def test_what_a_killed_process_separated_is_not_separated_again(tmp_path: Path, answers: int) -> None:
    program = (
        "from pathlib import Path; import sys;"
        "from tests.media.stems.test_stem_set import Dying, made; made(Path(sys.argv[1]), Dying(int(sys.argv[2])))"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path), str(answers)], check=False)
    assert ended.returncode == -signal.SIGKILL
    rest, whole = Shares(window_frames=WINDOW), Shares(window_frames=WINDOW)
    expected = made(tmp_path / "undisturbed", whole)
    for stem, path in made(tmp_path, rest).items():
        assert path.read_bytes() == expected[stem].read_bytes()
    # The window before is needed for the crossfade.
    assert rest.asked == whole.asked - max(0, answers - 1)


def test_a_recording_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaProblem) as caught:
        make_stem_set(Noise(MOST_SECONDS * 48_000 + 1), Shares(), tmp_path / "k", lambda stem: tmp_path / stem, print)
    assert caught.value.code == "too-long"


def test_giving_up_leaves_nothing(tmp_path: Path) -> None:
    class Broken(Shares):
        def estimate(self, window: Samples) -> Samples:
            if self.asked == 3:
                raise MediaProblem("damaged-model", "it broke")
            return super().estimate(window)

    with pytest.raises(MediaProblem):
        made(tmp_path, Broken(window_frames=WINDOW))
    assert list((tmp_path / "unfinished").iterdir()) == []
