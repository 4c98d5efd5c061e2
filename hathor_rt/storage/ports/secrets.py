"""The keys of the server itself."""

from typing import Protocol


class SecretStore(Protocol):
    """Keys the server makes for itself on first run (cookie signing, segment URLs)."""

    async def secret(self, name: str) -> bytes:
        """The 32 bytes called `name`, made on first use, the same ever after."""
        ...
