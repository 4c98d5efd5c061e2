from tests.conformance.storage_suite import DocumentSuite


class TestMemoryDocuments(DocumentSuite):
    pass
