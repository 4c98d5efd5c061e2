"""How a participant judges a server's https certificate."""

import ssl


def client_context(*, accepts_any_certificate: bool) -> ssl.SSLContext:
    """A TLS context for connecting.

    Args:
        accepts_any_certificate: Encrypt without knowing with whom; for servers at home whose authority is not
            installed on this machine.
    """
    context = ssl.create_default_context()
    if accepts_any_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
