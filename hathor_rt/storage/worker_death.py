"""When a job is given up because its workers keep dying: one rule for every engine."""

from typing import Final

# Two deaths may be bad luck (a restart, a full memory by a neighbour); three are the job's own doing.
MOST_ATTEMPTS: Final = 3

WORKER_DIED: Final = "worker-died"
WORKER_DIED_REASON: Final = "Three workers died or went silent over this file."
