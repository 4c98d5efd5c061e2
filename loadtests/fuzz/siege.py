"""All attacks in a row, with a look at the server after each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loadtests.fuzz.attacks import ATTACKS
from loadtests.fuzz.field import Broken, field
from tests.end_to_end.server_process import ServerProcess

# Attackers work faster than the meter lets anybody; the siege is about what the server does with what it takes in.
UNMETERED: Final[Mapping[str, object]] = {
    "messages_per_second": 100_000,
    "messages_at_once": 100_000,
    "upload_kilobytes_per_second": 1 << 20,
    "upload_kilobytes_at_once": 1 << 20,
    "sockets_per_minute": 1_000_000,
    "api_per_minute": 1_000_000,
}


@dataclass(frozen=True, slots=True)
class Survived:
    """What an attack left behind.

    Attributes:
        attack: Its name.
        count: How often.
        megabytes: By how much the resident memory of the server grew while it went on (negative: shrank).
    """

    attack: str
    count: int
    megabytes: float


async def siege(
    server: ServerProcess, counts: Mapping[str, int], *, seed: int, most_megabytes: float
) -> list[Survived]:
    """Attack `server`, started with `UNMETERED`, by each attack of `counts` as often as it says.

    Raises:
        Broken: The server died, its room no longer answered, or one attack cost more than `most_megabytes` of memory.
    """
    survived = []
    async with field(server, seed) as ground:
        await ground.require_health()
        for name, count in counts.items():
            before = ground.resident_megabytes()
            await ATTACKS[name](ground, count)
            await ground.require_health()
            grown = ground.resident_megabytes() - before
            if grown > most_megabytes:
                raise Broken(f"{name}: memory grew by {grown:.0f} MB")
            survived.append(Survived(name, count, round(grown, 1)))
    return survived
