"""What every secret store promises."""

import trio

from hathor_rt.storage.ports import Storage


class SecretSuite:
    """Keys the server makes for itself."""

    async def test_a_secret_is_made_once_and_stays(self, storage: Storage) -> None:
        first = await storage.secrets.secret("cookies")
        assert len(first) == 32
        assert await storage.secrets.secret("cookies") == first

    async def test_secrets_differ_by_name(self, storage: Storage) -> None:
        assert await storage.secrets.secret("cookies") != await storage.secrets.secret("segments")

    async def test_all_who_ask_first_get_the_same(self, storage: Storage) -> None:
        given: list[bytes] = []

        async def ask() -> None:
            given.append(await storage.secrets.secret("cookies"))

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(ask)
        assert len(set(given)) == 1
