import ssl
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hathor_rt.tls.authority import open_authority
from hathor_rt.tls.contexts import server_context
from web.realtime.encryption import Encryption


class Peer:
    """The client's side over memory."""

    def __init__(self, trusts: Path) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=str(trusts))
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def read_all(self) -> bytes:
        plain = b""
        while True:
            try:
                plain += self.tls.read(100_000)
            except ssl.SSLWantReadError:
                return plain


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    now = datetime.now(UTC)
    authority = open_authority(tmp_path_factory.mktemp("tls"), "laptop", now)
    made = authority.server_certificate(("localhost",), now)
    return server_context(made.chain, made.key), authority.certificate_file


def connected(server: tuple[ssl.SSLContext, Path]) -> tuple[Encryption, Peer]:
    encryption, peer = Encryption(server[0]), Peer(server[1])
    is_complete = False
    while not is_complete:
        with suppress(ssl.SSLWantReadError):
            peer.tls.do_handshake()
        encryption.feed(peer.outgoing.read())
        is_complete = encryption.advance_handshake()
        peer.incoming.write(encryption.take())
    return encryption, peer


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(
    st.lists(
        st.one_of(st.binary(min_size=1, max_size=100), st.sampled_from([16_384, 16_385, 100_000]).map(bytes)),
        max_size=5,
    )
)
def test_what_goes_in_comes_out_at_the_other_end(server: tuple[ssl.SSLContext, Path], messages: list[bytes]) -> None:
    encryption, peer = connected(server)
    for message in messages:
        peer.incoming.write(encryption.encrypt(message))
        assert peer.read_all() == message
        peer.tls.write(message[:16_000])
        encryption.feed(peer.outgoing.read())
        assert encryption.decrypt(100_000) == message[:16_000]
        assert encryption.decrypt(100_000) is None


def test_an_end_with_or_without_a_word_is_an_end(server: tuple[ssl.SSLContext, Path]) -> None:
    encryption, peer = connected(server)
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.unwrap()
    encryption.feed(peer.outgoing.read())
    assert encryption.decrypt(100) == b""
    encryption, peer = connected(server)
    encryption.feed(b"")
    assert encryption.decrypt(100) == b""


def test_the_farewell_is_understood(server: tuple[ssl.SSLContext, Path]) -> None:
    encryption, peer = connected(server)
    peer.incoming.write(encryption.farewell())
    assert peer.tls.read(1) == b""


def test_a_forged_record_is_an_error(server: tuple[ssl.SSLContext, Path]) -> None:
    encryption, _ = connected(server)
    encryption.feed(b"\x17\x03\x03\x00\x20" + bytes(32))
    with pytest.raises(ssl.SSLError):
        encryption.decrypt(100)


def test_a_handshake_that_is_none_is_an_error(server: tuple[ssl.SSLContext, Path]) -> None:
    encryption = Encryption(server[0])
    encryption.feed(b"\x16\x03\x01" + bytes(60))
    with pytest.raises(ssl.SSLError):
        encryption.advance_handshake()
