from tests.conformance.storage_suite import RoomSuite


class TestMemoryRooms(RoomSuite):
    pass
