from hathor_rt.storage.worker_death import MOST_ATTEMPTS, WORKER_DIED
from media.jobs import JobQueue


def test_the_rule_is_the_one_the_port_tells() -> None:
    told = JobQueue.lease.__doc__ or ""
    assert MOST_ATTEMPTS == 3
    assert "third lease" in told
    assert WORKER_DIED in told
