from tests.conformance.storage_suite import JobSuite


class TestSqlJobs(JobSuite):
    pass
