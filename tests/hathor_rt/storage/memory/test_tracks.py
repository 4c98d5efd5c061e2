from tests.conformance.storage_suite import TrackSuite


class TestMemoryTracks(TrackSuite):
    pass
