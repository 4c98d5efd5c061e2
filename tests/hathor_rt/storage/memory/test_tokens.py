from tests.conformance.storage_suite import TokenSuite


class TestMemoryTokens(TokenSuite):
    pass
