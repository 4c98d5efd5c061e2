from tests.conformance.storage_suite import RoomSuite


class TestSqlRooms(RoomSuite):
    pass
