"""When a job is given up because its workers keep dying, and for how long: one rule for every engine."""

from typing import Final

# Two deaths may be bad luck (a restart, a full memory by a neighbour); three are the job's own doing.
MOST_ATTEMPTS: Final = 3

WORKER_DIED: Final = "worker-died"
# Whoever plays a file that kills workers asks for it again and again, and each time would cost three more. An operator who
# has done something about it restarts nothing: an hour later it is tried anew.
SET_ASIDE_MICROS: Final = 3_600_000_000

WORKER_DIED_REASON: Final = "Three workers died or went silent over this file."
