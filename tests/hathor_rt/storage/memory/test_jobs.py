from tests.conformance.storage_suite import JobSuite


class TestMemoryJobs(JobSuite):
    pass
