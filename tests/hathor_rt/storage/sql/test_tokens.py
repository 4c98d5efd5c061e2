from tests.conformance.storage_suite import TokenSuite


class TestSqlTokens(TokenSuite):
    pass
