from tests.conformance.tracks_suite import FileSuite


class TestSqlTracks(FileSuite):
    pass
