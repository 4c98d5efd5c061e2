"""The TLS settings of the listening port. Free of the certificate library, so the server process stays small."""

import ssl
from pathlib import Path

from hathor_rt.refusals import BadSetting


def server_context(chain: Path, key: Path) -> ssl.SSLContext:
    """What the listening port needs: TLS 1.2 or newer, HTTP/1.1 only, this certificate.

    Call `load_cert_chain` on it later to go on with a renewed certificate; open connections keep theirs.

    Raises:
        BadSetting: The files are missing or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Over HTTP/2 browsers would open WebSockets that never pass the front.
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(chain, key)
    except (OSError, ssl.SSLError) as error:
        raise BadSetting(f"the certificate {chain} with the key {key} cannot be used: {error}") from error
    return context
