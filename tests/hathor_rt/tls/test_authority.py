import ssl
import stat
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hathor_rt.refusals import BadSetting
from hathor_rt.tls.authority import RENEW_BEFORE, SERVER_LIFETIME, Authority, open_authority
from hathor_rt.tls.contexts import server_context

NOW = datetime.now(UTC)
NAMES = ("localhost", "127.0.0.1", "::1", "Laptop", "laptop.local", "192.168.1.20")


def authority(folder: Path) -> Authority:
    return open_authority(folder / "tls", "Laptop", NOW)


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> str | None:
    """What a client that calls the server `name` makes of it: None, or why it refuses."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    try:
        for _ in range(4):
            for side in (theirs, ours):
                with suppress(ssl.SSLWantReadError):
                    side.do_handshake()
    except ssl.SSLError as error:
        return str(error)
    assert theirs.selected_alpn_protocol() == "http/1.1"
    return None


def trusting(known: Authority) -> ssl.SSLContext:
    return browser(known.certificate_file)


def browser(trusts: Path | None = None) -> ssl.SSLContext:
    client = ssl.create_default_context(cafile=None if trusts is None else str(trusts))
    client.set_alpn_protocols(["h2", "http/1.1"])
    return client


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "laptop", "laptop.local", "192.168.1.20"])
def test_a_device_that_trusts_the_authority_trusts_the_server_under_all_its_names(tmp_path: Path, name: str) -> None:
    known = authority(tmp_path)
    made = known.server_certificate(NAMES, NOW)
    assert handshake(server_context(made.chain, made.key), trusting(known), name) is None


def test_a_device_that_does_not_trust_it_refuses(tmp_path: Path) -> None:
    made = authority(tmp_path).server_certificate(NAMES, NOW)
    refusal = handshake(server_context(made.chain, made.key), browser(), "localhost")
    assert refusal is not None
    assert "CERTIFICATE_VERIFY_FAILED" in refusal


def test_a_name_that_is_not_in_it_is_refused(tmp_path: Path) -> None:
    known = authority(tmp_path)
    made = known.server_certificate(("localhost",), NOW)
    refusal = handshake(server_context(made.chain, made.key), trusting(known), "laptop.local")
    assert refusal is not None
    assert "mismatch" in refusal


def test_it_vouches_for_home_only(tmp_path: Path) -> None:
    known = authority(tmp_path)
    for name in (*NAMES[:3], "laptop", "10.1.2.3", "fd00::1", "nas.local", "tv.home.arpa", "100.100.1.1"):
        assert known.vouches_for(name), name
    for name in ("bank.example", "example.com", "8.8.8.8", "2a00::1", "evil-laptop", "local.example", "laptops"):
        assert not known.vouches_for(name), name
    assert known.server_certificate(("localhost", "bank.example", "8.8.8.8"), NOW).names == ("localhost",)


def test_even_a_stolen_key_is_no_use_against_a_bank(tmp_path: Path) -> None:
    known = authority(tmp_path)
    key_file = tmp_path / "tls" / "authority.key"
    # The thief's own program does not ask `vouches_for`; devices check the constraint themselves.
    forged = _issue_anyway(known, "bank.example", tmp_path)
    refusal = handshake(server_context(forged, tmp_path / "forged.key"), trusting(known), "bank.example")
    assert key_file.exists()
    assert refusal is not None
    assert "permitted subtree violation" in refusal


def _issue_anyway(known: Authority, name: str, folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    issuer = x509.load_pem_x509_certificate(known.certificate_file.read_bytes())
    stolen = serialization.load_pem_private_key((folder / "tls" / "authority.key").read_bytes(), None)
    assert isinstance(stolen, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "thief")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(stolen, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "forged.pem").write_bytes(certificate.public_bytes(pem) + issuer.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "forged.key").write_bytes(private)
    return folder / "forged.pem"


def test_the_authority_is_made_once(tmp_path: Path) -> None:
    first, second = authority(tmp_path), authority(tmp_path)
    assert first.fingerprint == second.fingerprint
    assert len(first.fingerprint.split(":")) == 32


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    authority(tmp_path).server_certificate(NAMES, NOW)
    for name in ("authority.key", "server.key"):
        assert stat.S_IMODE((tmp_path / "tls" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
    assert b"PRIVATE" not in (tmp_path / "tls" / "authority.pem").read_bytes()


def test_a_certificate_that_fits_is_kept(tmp_path: Path) -> None:
    known = authority(tmp_path)
    first = known.server_certificate(NAMES, NOW)
    content = first.chain.read_bytes()
    again = known.server_certificate(("localhost", "192.168.1.20"), NOW + timedelta(days=100))
    assert again.chain.read_bytes() == content
    assert set(again.names) == set(first.names)


def test_a_new_address_or_the_last_month_makes_a_new_one(tmp_path: Path) -> None:
    known = authority(tmp_path)
    first = known.server_certificate(("localhost",), NOW).chain.read_bytes()
    second = known.server_certificate(("localhost", "192.168.1.21"), NOW).chain.read_bytes()
    late = NOW + SERVER_LIFETIME - RENEW_BEFORE + timedelta(days=1)
    third = known.server_certificate(("localhost",), late).chain.read_bytes()
    assert len({first, second, third}) == 3
    assert known.renew(("localhost",), NOW).chain.read_bytes() != third


def test_a_damaged_server_certificate_is_replaced(tmp_path: Path) -> None:
    known = authority(tmp_path)
    made = known.server_certificate(("localhost",), NOW)
    made.key.write_bytes(b"nonsense")
    server_context(*(lambda again: (again.chain, again.key))(known.server_certificate(("localhost",), NOW)))


def test_a_damaged_authority_is_said_and_never_replaced_silently(tmp_path: Path) -> None:
    authority(tmp_path)
    (tmp_path / "tls" / "authority.pem").write_bytes(b"nonsense")
    with pytest.raises(BadSetting, match="certificate authority"):
        authority(tmp_path)


def test_the_key_of_another_authority_is_noticed(tmp_path: Path) -> None:
    authority(tmp_path)
    authority(tmp_path / "other")
    (tmp_path / "other" / "tls" / "authority.key").replace(tmp_path / "tls" / "authority.key")
    with pytest.raises(BadSetting, match="belong together"):
        authority(tmp_path)
