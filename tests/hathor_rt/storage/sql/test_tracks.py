from tests.conformance.storage_suite import TrackSuite


class TestSqlTracks(TrackSuite):
    pass
