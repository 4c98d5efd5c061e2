"""How late the event loop is: a task that sleeps and looks how much longer it took.

A stall shorter than the pause between two looks is seen in part of the cases, a longer one always; over minutes the
distribution tells what a probe or an edit had to wait.
"""

from typing import Final

import trio

from hathor_rt.observations import Distribution

# Ten looks a second cost a thousandth of a processor.
_PAUSE_SECONDS: Final = 0.1


async def sample_loop_lag(lags: Distribution) -> None:
    """Note the lag for as long as the task lives."""
    while True:
        due = trio.current_time() + _PAUSE_SECONDS
        await trio.sleep_until(due)
        lags.note(max(0.0, trio.current_time() - due))
