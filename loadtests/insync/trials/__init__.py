"""All trials by name, in the order in which they run."""

from typing import Final

from loadtests.insync.trials.commands import COMMANDS
from loadtests.insync.trials.faults import FAULTS
from loadtests.insync.trials.steady import STEADY
from loadtests.insync.trials.trial import Trial
from loadtests.insync.trials.vibes import VIBES

TRIALS: Final[dict[str, Trial]] = {trial.name: trial for trial in (*STEADY, *COMMANDS, *VIBES, *FAULTS)}
