"""Response headers that guard pages, for every answer alike."""

from typing import Final

# Cross-origin isolation gives the page SharedArrayBuffer and a clock of 5 us instead of 100 us. A referrer would carry
# the invite of a room link to other sites.
GUARDS: Final = (
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    (
        "Permissions-Policy",
        "accelerometer=(), autoplay=(self), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(self), payment=(), screen-wake-lock=(self), usb=()",
    ),
)

IMMUTABLE: Final = "public, max-age=31536000, immutable"
PRIVATE_IMMUTABLE: Final = "private, max-age=31536000, immutable"


def content_policy(host: str) -> str:
    """Content-Security-Policy for a page served under `host`, a Host header that was found to be ours.

    The sockets are named beside 'self' because Safari before 15.4 does not count ws: as the page's own.
    """
    return (
        "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self'; "
        f"connect-src 'self' ws://{host} wss://{host}; img-src 'self' data: blob:; media-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
