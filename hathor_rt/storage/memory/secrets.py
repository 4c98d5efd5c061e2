"""Keys the server made for itself, in memory."""

import random

import trio


class MemorySecrets:
    """`SecretStore` that forgets with the process; only good where nothing outlives it."""

    def __init__(self, draws: random.Random) -> None:
        self._draws = draws
        self._secrets: dict[str, bytes] = {}

    async def secret(self, name: str) -> bytes:
        """See `SecretStore.secret`."""
        await trio.lowlevel.checkpoint()
        if name not in self._secrets:
            self._secrets[name] = self._draws.randbytes(32)
        return self._secrets[name]
