"""In a process of its own: a limit is felt by everything in a process."""

import subprocess
import sys

SCRIPT = """
import resource
from media.memory_limit import limited_memory
before = resource.getrlimit(resource.RLIMIT_AS)
try:
    with limited_memory(256 << 20):
        kept = bytearray(100 << 20)
        bytearray(300 << 20)
except MemoryError:
    print("refused")
assert resource.getrlimit(resource.RLIMIT_AS) == before
print(len(bytearray(300 << 20)) >> 20)
with limited_memory(1 << 50):
    print(resource.getrlimit(resource.RLIMIT_AS)[0] == before[0] or before[0] == resource.RLIM_INFINITY)
"""


def test_what_asks_for_more_is_refused_and_may_ask_afterwards() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True, text=True).stdout
    assert said.split() == ["refused", "300", "True"]


RAISED = """
import resource
from media.memory_limit import limited_memory
_, hard = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, hard))
with limited_memory(256 << 20):
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
print(resource.getrlimit(resource.RLIMIT_AS)[0] == hard)
"""


def test_a_limit_that_was_raised_inside_stays_raised() -> None:
    said = subprocess.run([sys.executable, "-c", RAISED], capture_output=True, check=True, text=True).stdout
    assert said.split() == ["True"]
