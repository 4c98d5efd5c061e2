from tests.conformance.storage_suite import SecretSuite


class TestMemorySecrets(SecretSuite):
    pass
