from tests.conformance.storage_suite import PrincipalSuite


class TestMemoryPrincipals(PrincipalSuite):
    pass
