"""`hathor tls …`, and the certificate that `hathor serve` answers https with."""

import shutil
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from hathor_rt.config import Config
from hathor_rt.refusals import BadSetting
from hathor_rt.tls.addresses import local_addresses
from hathor_rt.tls.contexts import server_context

if TYPE_CHECKING:
    from hathor_rt.tls.authority import Authority

PREPARED: Final = "prepared.json"
RENEW_BEFORE: Final = timedelta(days=30)

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


class _Prepared(msgspec.Struct, frozen=True):
    """What the certificate on disk was asked for: names, end, and its files' names."""

    asked: list[str]
    expires: datetime
    chain: str
    key: str


def context_of(config: Config) -> ssl.SSLContext:
    """The TLS context to serve with: the operator's certificate if one is set, the local authority's otherwise. Blocking.

    Raises:
        BadSetting: One of tls_cert and tls_key is missing, or they cannot be used.
    """
    if bool(config.tls_cert) != bool(config.tls_key):
        raise BadSetting("a certificate and its key belong together: give both (--tls-cert and --tls-key) or neither")
    if config.tls_cert:
        return server_context(Path(config.tls_cert), Path(config.tls_key))
    folder = config.data / "tls"
    if not _is_prepared(folder, _names(config)):
        # In a process of its own: the certificate library takes 9 MB that a server needs once a year.
        command = [
            sys.executable,
            "-m",
            "hathor_rt.cli",
            "--host",
            config.host,
            "--data",
            str(config.data),
            "tls",
            "prepare",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command line
    note = msgspec.json.decode((folder / PREPARED).read_bytes(), type=_Prepared)
    return server_context(folder / note.chain, folder / note.key)


def prepare(config: Config) -> None:
    """Have a certificate for this machine's present names ready, and leave a note that `serve` can read without parsing it."""
    from hathor_rt.tls.authority import open_authority

    authority = open_authority(config.data / "tls", socket.gethostname(), datetime.now(UTC))
    asked = _names(config)
    certificate = authority.server_certificate(asked, datetime.now(UTC))
    note = _Prepared(asked, certificate.expires, certificate.chain.name, certificate.key.name)
    (config.data / "tls" / PREPARED).write_bytes(msgspec.json.encode(note))


def _is_prepared(folder: Path, names: list[str]) -> bool:
    try:
        note = msgspec.json.decode((folder / PREPARED).read_bytes(), type=_Prepared)
    except (OSError, msgspec.DecodeError):
        return False
    is_good = note.expires - datetime.now(UTC) > RENEW_BEFORE
    return is_good and set(names) <= set(note.asked) and (folder / note.chain).exists() and (folder / note.key).exists()


def show(config: Config) -> None:
    """Print how devices come to trust this server."""
    authority = _authority(config)
    certificate = authority.server_certificate(_names(config), datetime.now(UTC))
    click.echo(HOW_TO_TRUST)
    click.echo(f"authority    {authority.certificate_file}")
    click.echo(f"fingerprint  {authority.fingerprint}")
    click.echo(
        f"certificate  {certificate.chain}, until {certificate.expires:%Y-%m-%d}, for {', '.join(certificate.names)}"
    )


def export(config: Config, target: Path) -> None:
    """Copy the authority's certificate to `target`."""
    shutil.copyfile(_authority(config).certificate_file, target)
    click.echo(f"{target} holds the certificate to install on devices")


def renew(config: Config) -> None:
    """Make a new server certificate; a running server takes it at its next start."""
    (config.data / "tls" / PREPARED).unlink(missing_ok=True)
    certificate = _authority(config).renew(_names(config), datetime.now(UTC))
    click.echo(f"new certificate until {certificate.expires:%Y-%m-%d}; restart the server to use it")


def _authority(config: Config) -> "Authority":
    from hathor_rt.tls.authority import open_authority

    return open_authority(config.data / "tls", socket.gethostname(), datetime.now(UTC))


def _names(config: Config) -> list[str]:
    machine = socket.gethostname()
    names = ["localhost", "127.0.0.1", "::1", machine, f"{machine}.local", *map(str, local_addresses())]
    return names if config.host in ("0.0.0.0", "::") else [*names, config.host]  # noqa: S104  # compared, not bound
