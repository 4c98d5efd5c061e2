from web.proxies import Arrival
from web.realtime.fanout import FanoutStream
from web.realtime.routes import Conversation, SocketRequest, SocketRoute, handler_of


class Handler:
    """A `SocketHandler` that serves nobody."""

    def __len__(self) -> int:
        return 0

    def admit(self, request: SocketRequest) -> Conversation:
        async def converse(stream: FanoutStream) -> None:
            await stream.aclose()

        return converse

    def drain(self) -> None:
        pass


ONE, BELOW = Handler(), Handler()
ROUTES = [SocketRoute("/ws", ONE), SocketRoute("/yjs/", BELOW)]


def test_a_path_is_served_by_its_row() -> None:
    assert handler_of(ROUTES, "/ws") is ONE
    assert handler_of(ROUTES, "/yjs/queue:room") is BELOW
    assert handler_of(ROUTES, "/yjs/a/b") is BELOW


def test_other_paths_are_no_sockets() -> None:
    for path in ("/", "/ws/", "/wss", "/yjs", "/yjs/", "/api/session", "", "*"):
        assert handler_of(ROUTES, path) is None


def test_a_request_says_who_asks_for_what() -> None:
    request = SocketRequest("/ws", "", {}, Arrival("127.0.0.1", "http", "laptop"))
    assert request.arrival.host == "laptop"
