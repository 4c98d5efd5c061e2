"""`hathor tls …`, and the certificate that `hathor serve` answers https with."""

import shutil
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

import click

from hathor_rt.config import Config
from hathor_rt.refusals import BadSetting
from hathor_rt.tls.addresses import local_addresses
from hathor_rt.tls.authority import Authority, open_authority, server_context

HOW_TO_TRUST = """\
Browsers give pages the audio features that tight sync needs over https only (or on this very machine). This server has an
authority of its own for that; install its certificate once on each device:

  hathor tls export hathor.pem     then bring hathor.pem to the device, and
  iPhone, iPad   open it, Settings > Profile Downloaded > Install; General > About > Certificate Trust Settings > switch on
  Android        Settings > Security > Install a certificate > CA certificate
  macOS          open it in Keychain Access, set "When using this certificate" to "Always Trust"
  Windows        open it > Install Certificate > Local Machine > Trusted Root Certification Authorities
  Firefox        Settings > Certificates > View Certificates > Authorities > Import
  Linux          copy it to /usr/local/share/ca-certificates/hathor.crt, run update-ca-certificates

It can vouch for private addresses and home names only. Its key never leaves the data folder.
"""


def context_of(config: Config) -> ssl.SSLContext:
    """The TLS context to serve with: the operator's certificate if one is set, the local authority's otherwise. Blocking.

    Raises:
        BadSetting: One of tls_cert and tls_key is missing, or they cannot be used.
    """
    if bool(config.tls_cert) != bool(config.tls_key):
        raise BadSetting("HATHOR_TLS_CERT and HATHOR_TLS_KEY belong together: set both or neither")
    if config.tls_cert:
        return server_context(Path(config.tls_cert), Path(config.tls_key))
    certificate = _authority(config).server_certificate(_names(config), datetime.now(UTC))
    return server_context(certificate.chain, certificate.key)


def show(config: Config) -> None:
    """Print how devices come to trust this server."""
    authority = _authority(config)
    certificate = authority.server_certificate(_names(config), datetime.now(UTC))
    click.echo(HOW_TO_TRUST)
    click.echo(f"authority    {authority.certificate_file}")
    click.echo(f"fingerprint  {authority.fingerprint}")
    click.echo(f"certificate  {certificate.chain}, until {certificate.expires:%Y-%m-%d}, for {', '.join(certificate.names)}")


def export(config: Config, target: Path) -> None:
    """Copy the authority's certificate to `target`."""
    shutil.copyfile(_authority(config).certificate_file, target)
    click.echo(f"{target} holds the certificate to install on devices")


def renew(config: Config) -> None:
    """Make a new server certificate; a running server takes it at its next start."""
    certificate = _authority(config).renew(_names(config), datetime.now(UTC))
    click.echo(f"new certificate until {certificate.expires:%Y-%m-%d}; restart the server to use it")


def _authority(config: Config) -> Authority:
    return open_authority(config.data / "tls", socket.gethostname(), datetime.now(UTC))


def _names(config: Config) -> list[str]:
    machine = socket.gethostname()
    names = ["localhost", "127.0.0.1", "::1", machine, f"{machine}.local", *map(str, local_addresses())]
    return names if config.host in ("0.0.0.0", "::") else [*names, config.host]  # noqa: S104  # compared, not bound
