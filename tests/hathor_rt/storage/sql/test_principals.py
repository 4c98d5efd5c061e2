from tests.conformance.storage_suite import PrincipalSuite


class TestSqlPrincipals(PrincipalSuite):
    pass
