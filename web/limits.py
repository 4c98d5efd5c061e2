"""How often: token buckets, alone and by key. Pure; instants are seconds of any steady clock."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

# Principals and addresses remembered at once; the longest unused is forgotten first. About 10 MB when full.
MOST_KEYS: Final = 50_000


@dataclass(slots=True)
class Bucket:
    """A budget that refills steadily.

    Attributes:
        per_second: Refill rate.
        burst: What it holds when full.
        level: What it holds; negative while in debt (`spend` may overdraw once).
        at: Instant of the last change, in seconds.
    """

    per_second: float
    burst: float
    level: float
    at: float

    @classmethod
    def full(cls, *, per_second: float, burst: float, at: float) -> "Bucket":
        """A bucket nobody has used yet."""
        return cls(per_second, burst, burst, at)

    def spend(self, cost: float, now: float) -> float:
        """Take `cost` whatever the level. Returns the seconds until the debt is paid off, 0 if there is none."""
        self._refill(now)
        self.level -= cost
        return max(0.0, -self.level / self.per_second)

    def afford(self, cost: float, now: float) -> float:
        """Take `cost` if it is there and return 0; otherwise take nothing and return the seconds until it is."""
        self._refill(now)
        if self.level >= cost:
            self.level -= cost
            return 0.0
        return (cost - self.level) / self.per_second

    def _refill(self, now: float) -> None:
        self.level = min(self.burst, self.level + max(0.0, now - self.at) * self.per_second)
        self.at = max(self.at, now)


class Limits:
    """One budget per key, so-and-so many per minute, all of which may be used at once.

    Args:
        per_minute: Budget of each key; 0 allows nothing.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str, now: float) -> float:
        """Use one. Returns 0 if it was allowed, otherwise the seconds to wait before trying again."""
        if self._per_minute == 0:
            return 60.0
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = Bucket.full(per_second=self._per_minute / 60, burst=self._per_minute, at=now)
            self._buckets[key] = bucket
            if len(self._buckets) > MOST_KEYS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket.afford(1, now)
