import subprocess
import sys
from pathlib import Path

import pytest

from media.spans.warm_up import stamp

pytestmark = pytest.mark.slow

# Bends of all kinds, and what numba compiled or could not find compiled meanwhile.
_SCRIPT = """
import sys
from pathlib import Path
import numba
from media.kernel_folder import kernel_folder
numba.config.CACHE_DIR = str(kernel_folder(Path(sys.argv[1])))
import numpy as np
from media.bend import Bend
from media.spans.bent import BentSound, SpanStore
from media.pcm import Pcm
random = np.random.default_rng(2)
def noise(first, count):
    samples = random.standard_normal((2, count)) * 0.05
    samples[:, ::17_000] += 0.8
    return Pcm(samples.astype(np.float32))
for bend in (Bend(500), Bend(2000, 1200, True), Bend(900, -1200, True), Bend(1000, 300), Bend(1300, -5)):
    BentSound("a", bend, 14 * 48_000, noise, SpanStore()).cut(0, 600_000)
    BentSound("a", bend, 40_000, noise, SpanStore()).cut(0, 40_000)
from numba.core.dispatcher import Dispatcher
import gc
missed = [(each.__name__, dict(each.stats.cache_misses)) for each in gc.get_objects()
          if isinstance(each, Dispatcher) and each.__module__.startswith("media") and each.stats.cache_misses]
print(missed)
"""


def test_nothing_is_left_to_compile_afterwards(compiled_bends: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(compiled_bends)], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_the_stamp_lies_in_the_folder_and_is_the_same_every_time(tmp_path: Path) -> None:
    assert stamp(tmp_path).parent == tmp_path
    assert stamp(tmp_path) == stamp(tmp_path)
