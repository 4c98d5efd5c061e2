"""Where people and programs are told to find this server."""

from typing import Final

from hathor_rt.config import Config

# Every address, and those of this machine alone.
_OWN: Final = frozenset(("0.0.0.0", "::", "127.0.0.1", "::1"))  # noqa: S104  # compared, not bound


def shown_address(config: Config) -> str:
    """Scheme, host and port, without a slash at the end."""
    if config.public_url:
        return config.public_url.rstrip("/")
    host = "localhost" if config.host in _OWN else config.host
    return f"http://{f'[{host}]' if ':' in host else host}:{config.port}"
