from tests.conformance.storage_suite import LeaseSuite


class TestMemoryLeases(LeaseSuite):
    pass
