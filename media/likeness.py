"""Which recordings are likely the same, by their fingerprints. Free of numpy: the processor's bit count does the work.

A fingerprint is a sequence of 32-bit words (`media/analysis/fingerprint.py`), one per 0.124 s. Two are laid over each other at
every offset up to ten seconds; the share of bits that differ at the best one is the bit error: about 0.01 for lossy copies of
one recording, 0.4 and more for different ones. Fingerprints to compare at all are found by the words they share: of each the
32 words that come first in an order by chance (A. Broder, "On the resemblance and containment of documents", 1997).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Generic, TypeVar

WORD_BYTES: Final = 4
SAME_BELOW: Final = 0.15
"""A bit error below this: likely the same recording."""

# Ten seconds: how far copies differ in what was cut off at their beginning.
_MOST_OFFSET: Final = 80
# Five seconds; less is alike by chance.
_LEAST_OVERLAP: Final = 40
_WORDS_COMPARED: Final = 32
_LEAST_SHARED: Final = 2
# Silence and single tones have the same words everywhere.
_MOST_SHARERS: Final = 100
# Fibonacci hashing: multiplying by this scatters neighbouring words.
_SCATTER: Final = 2_654_435_761
_WORD: Final = 0xFFFF_FFFF

Name = TypeVar("Name", bound=str)


@dataclass(frozen=True, slots=True)
class Alike(Generic[Name]):
    """Two recordings that are likely the same."""

    one: Name
    two: Name
    bit_error: float


def bit_error(one: bytes, two: bytes) -> float | None:
    """Share of bits that differ at the best offset, 0 … 1; None if they do not overlap for five seconds at any."""
    words = len(one) // WORD_BYTES, len(two) // WORD_BYTES
    bits = int.from_bytes(one, "little"), int.from_bytes(two, "little")
    found = []
    for offset in range(-_MOST_OFFSET, _MOST_OFFSET + 1):
        skipped = max(0, offset), max(0, -offset)
        overlap = min(words[0] - skipped[0], words[1] - skipped[1])
        if overlap >= _LEAST_OVERLAP:
            mask = (1 << 32 * overlap) - 1
            differing = ((bits[0] >> 32 * skipped[0]) ^ (bits[1] >> 32 * skipped[1])) & mask
            found.append(differing.bit_count() / (32 * overlap))
    return min(found, default=None)


def likely_same(fingerprints: Mapping[Name, bytes]) -> list[Alike[Name]]:
    """All pairs that are likely the same recording, the surest first."""
    found = []
    for one, two in _candidates(fingerprints):
        error = bit_error(fingerprints[one], fingerprints[two])
        if error is not None and error < SAME_BELOW:
            found.append(Alike(one, two, error))
    return sorted(found, key=lambda alike: (alike.bit_error, alike.one, alike.two))


def groups(pairs: Iterable[Alike[Name]]) -> list[list[Name]]:
    """Recordings that are connected by pairs, each group sorted, larger groups first."""
    group_of: dict[Name, set[Name]] = {}
    for pair in pairs:
        joined = group_of.get(pair.one, {pair.one}) | group_of.get(pair.two, {pair.two})
        group_of.update(dict.fromkeys(joined, joined))
    distinct = {min(group): sorted(group) for group in group_of.values()}
    return sorted(distinct.values(), key=lambda group: (-len(group), group))


def _candidates(fingerprints: Mapping[Name, bytes]) -> list[tuple[Name, Name]]:
    sharers: dict[int, list[Name]] = defaultdict(list)
    for name in sorted(fingerprints):
        for word in _characteristic(fingerprints[name]):
            sharers[word].append(name)
    shared: Counter[tuple[Name, Name]] = Counter()
    for names in sharers.values():
        if 2 <= len(names) <= _MOST_SHARERS:
            shared.update(combinations(names, 2))
    return [pair for pair, count in shared.items() if count >= _LEAST_SHARED]


def _characteristic(fingerprint: bytes) -> Sequence[int]:
    words = {
        int.from_bytes(fingerprint[at : at + WORD_BYTES], "little") for at in range(0, len(fingerprint), WORD_BYTES)
    }
    return sorted(words, key=lambda word: word * _SCATTER & _WORD)[:_WORDS_COMPARED]
