import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request

from hathor_rt.refusals import BadRequest
from sync.refusal import WrongProtocol
from web.realtime.websocket import accept_handshake

REQUEST = {
    "upgrade": "websocket",
    "connection": "keep-alive, Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_the_example_of_the_rfc_is_answered_as_the_rfc_says() -> None:
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in accept_handshake(REQUEST)


def test_a_client_of_others_accepts_the_answer() -> None:
    client = WSConnection(ConnectionType.CLIENT)
    lines = client.send(Request("laptop", "/ws")).decode().split("\r\n")[1:]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    client.receive_data(accept_handshake(headers))
    (event,) = client.events()
    assert isinstance(event, AcceptConnection)
    assert event.extensions == []
    assert event.subprotocol is None


def test_extensions_and_subprotocols_are_not_agreed_on() -> None:
    asked = {"sec-websocket-extensions": "permessage-deflate", "sec-websocket-protocol": "chat"}
    assert accept_handshake(REQUEST | asked) == accept_handshake(REQUEST)


@pytest.mark.parametrize(
    "changed",
    [
        {"upgrade": "h2c"},
        {"upgrade": ""},
        {"connection": "close"},
        {"sec-websocket-key": ""},
        {"sec-websocket-key": "short"},
        {"sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"sec-websocket-key": "ÄAAAAAAAAAAAAAAAAAAAAA=="},
        {"sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==,AAAAAAAAAAAAAAAAAAAAAA=="},
    ],
)
def test_what_is_no_proper_upgrade_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        accept_handshake(REQUEST | changed)


@pytest.mark.parametrize("name", sorted(REQUEST))
def test_no_header_may_be_left_out(name: str) -> None:
    with pytest.raises((BadRequest, WrongProtocol)):
        accept_handshake({key: value for key, value in REQUEST.items() if key != name})


@pytest.mark.parametrize("version", ["8", "14", "13, 8", "x"])
def test_other_versions_are_told_ours(version: str) -> None:
    with pytest.raises(WrongProtocol, match="version 13"):
        accept_handshake(REQUEST | {"sec-websocket-version": version})
