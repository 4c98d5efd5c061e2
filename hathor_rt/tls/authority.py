"""A private certificate authority for https in the home network.

Browsers give pages the audio features that exact sync needs only over https (or on localhost), and no public authority
vouches for addresses like 192.168.1.20. So the server makes an authority of its own on first run. Devices that install its
certificate, once, trust this server under all its names; every other site is out of its reach:

- it may vouch for private addresses and home names only (name constraints, RFC 5280 section 4.2.1.10), so even a stolen
  authority key is no use against anybody's bank;
- its key never leaves ``<data>/tls/`` and is readable by its owner alone.

To trust it: `hathor tls export FILE`, bring the file to the device, then
  iPhone, iPad   open it, Settings → Profile Downloaded → Install; General → About → Certificate Trust Settings → switch on
  Android        Settings → Security → Install a certificate → CA certificate
  macOS          open it in Keychain Access, set "When using this certificate" to "Always Trust"
  Windows        open it → Install Certificate → Local Machine → Trusted Root Certification Authorities
  Firefox        Settings → Certificates → View Certificates → Authorities → Import
  Linux          copy it to /usr/local/share/ca-certificates/hathor.crt, run update-ca-certificates
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hathor_rt.refusals import BadSetting

AUTHORITY_LIFETIME: Final = timedelta(days=10 * 365)
# The longest that Apple's systems accept is 825 days; a year is renewed in passing, because the server restarts more often.
SERVER_LIFETIME: Final = timedelta(days=397)
RENEW_BEFORE: Final = timedelta(days=30)
# Phones with a clock that is a little slow should not refuse a certificate that was made a minute ago.
_CLOCK_TOLERANCE: Final = timedelta(days=1)

_PRIVATE_NETWORKS: Final = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
_HOME_DOMAINS: Final = ("localhost", "local", "lan", "home", "internal", "home.arpa", "localdomain")

_AUTHORITY_FILE: Final = "authority.pem"
_AUTHORITY_KEY: Final = "authority.key"
_SERVER_FILE: Final = "server.pem"
_SERVER_KEY: Final = "server.key"

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """Where the certificate in use lies, and what it says."""

    chain: Path
    key: Path
    names: tuple[str, ...]
    expires: datetime


class Authority:
    """The authority in a folder. Made by `open_authority`.

    Args:
        folder: Where its files lie.
        certificate: Its certificate.
        key: Its private key.
    """

    def __init__(self, folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._folder = folder
        self._certificate = certificate
        self._key = key

    @property
    def certificate_file(self) -> Path:
        """PEM file to install on devices; holds no secret."""
        return self._folder / _AUTHORITY_FILE

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate as pairs of hex digits, to compare with what a device shows."""
        return self._certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def vouches_for(self, name: str) -> bool:
        """Whether a certificate of this authority may hold `name`, a host name or an address."""
        address = _address(name)
        if address is not None:
            return any(address in network for network in _PRIVATE_NETWORKS)
        return any(name == domain or name.endswith(f".{domain}") for domain in _permitted_names(self._certificate))

    def server_certificate(self, names: Iterable[str], now: datetime) -> ServerCertificate:
        """A certificate for those of `names` it vouches for: the one on disk if it still fits, otherwise a new one.

        Args:
            names: Host names and addresses the server is reached by.
            now: The present time, with a time zone.
        """
        wanted = tuple(dict.fromkeys(name.lower() for name in names if self.vouches_for(name.lower())))
        return self._kept(wanted, now) or self.renew(wanted, now)

    def renew(self, names: Iterable[str], now: datetime) -> ServerCertificate:
        """A new certificate in any case, with a new key."""
        wanted = tuple(dict.fromkeys(name.lower() for name in names if self.vouches_for(name.lower())))
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._issue(wanted, key, now)
        _write(self._folder / _SERVER_KEY, _pem_of_key(key), is_secret=True)
        chain = certificate.public_bytes(serialization.Encoding.PEM) + self.certificate_file.read_bytes()
        _write(self._folder / _SERVER_FILE, chain, is_secret=False)
        return self._described(certificate, wanted)

    def _kept(self, wanted: tuple[str, ...], now: datetime) -> ServerCertificate | None:
        """The certificate on disk, if it is ours, holds all of `wanted` and is good for another month."""
        try:
            certificate = x509.load_pem_x509_certificate((self._folder / _SERVER_FILE).read_bytes())
            key = serialization.load_pem_private_key((self._folder / _SERVER_KEY).read_bytes(), None)
            certificate.verify_directly_issued_by(self._certificate)
        except (OSError, ValueError, TypeError, InvalidSignature):
            return None  # whatever is wrong with it, a new one is made
        if certificate.public_key() != key.public_key() or certificate.not_valid_after_utc - now < RENEW_BEFORE:
            return None
        held = _names_in(certificate)
        return self._described(certificate, held) if set(wanted) <= set(held) else None

    def _described(self, certificate: x509.Certificate, names: tuple[str, ...]) -> ServerCertificate:
        files = self._folder / _SERVER_FILE, self._folder / _SERVER_KEY
        return ServerCertificate(*files, names, certificate.not_valid_after_utc)

    def _issue(self, names: tuple[str, ...], key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
        common_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Hathor RT server")])
        expires = min(now + SERVER_LIFETIME, self._certificate.not_valid_after_utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(common_name)
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _CLOCK_TOLERANCE)
            .not_valid_after(expires)
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(_issuer_id(self._certificate), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        return builder.sign(self._key, hashes.SHA256())


def open_authority(folder: Path, machine: str, now: datetime) -> Authority:
    """The authority kept in `folder`, made on first use.

    Args:
        folder: ``<data>/tls``; created with access for its owner alone.
        machine: This machine's host name; the authority may vouch for it and for names under home domains.
        now: The present time, with a time zone.

    Raises:
        BadSetting: The files are there but damaged; removing the folder makes a new authority (to be trusted anew).
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate_file, key_file = folder / _AUTHORITY_FILE, folder / _AUTHORITY_KEY
    if not certificate_file.exists() and not key_file.exists():
        _make(folder, machine, now)
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise BadSetting(f"the certificate authority in {folder} cannot be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise BadSetting(f"the certificate authority in {folder} and its key do not belong together")
    return Authority(folder, certificate, key)


def _make(folder: Path, machine: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Hathor RT"),
            # Unique, so that two authorities on one phone can be told apart.
            x509.NameAttribute(
                NameOID.COMMON_NAME, f"Hathor RT on {machine} ({x509.random_serial_number() % 10**6:06})"
            ),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_TOLERANCE)
        .not_valid_after(now + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(_constraints(machine), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    # The key first: an authority whose certificate is on disk can always sign.
    _write(folder / _AUTHORITY_KEY, _pem_of_key(key), is_secret=True)
    _write(folder / _AUTHORITY_FILE, certificate.public_bytes(serialization.Encoding.PEM), is_secret=False)


def _constraints(machine: str) -> x509.NameConstraints:
    permitted: list[x509.GeneralName] = [x509.IPAddress(network) for network in _PRIVATE_NETWORKS]
    own = machine.lower().split(".")[0]
    permitted += [x509.DNSName(domain) for domain in dict.fromkeys((*_HOME_DOMAINS, own)) if domain]
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None)


def _permitted_names(certificate: x509.Certificate) -> list[str]:
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    return [each.value for each in constraints.permitted_subtrees or () if isinstance(each, x509.DNSName)]


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_id(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(each.value) for each in names)


def _general_name(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(address)


def _address(name: str) -> Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)


def _write(path: Path, content: bytes, *, is_secret: bool) -> None:
    """Replace a file as a whole; a secret one is never readable by others, not even for a moment."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if is_secret else 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
