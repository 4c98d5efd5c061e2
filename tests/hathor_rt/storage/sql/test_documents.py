from tests.conformance.storage_suite import DocumentSuite


class TestSqlDocuments(DocumentSuite):
    pass
