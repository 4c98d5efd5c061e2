from tests.conformance.storage_suite import LeaseSuite


class TestSqlLeases(LeaseSuite):
    pass
