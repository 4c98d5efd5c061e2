from tests.conformance.storage_suite import SecretSuite


class TestSqlSecrets(SecretSuite):
    pass
