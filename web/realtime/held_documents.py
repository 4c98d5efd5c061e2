"""How many documents the clients of one token keep open. Pure; instants come in.

An open document takes memory, some of them megabytes, and a token for ``scratch:*`` may name any number of them. A document
that was left is held for a while longer: its owner stays until it was idle for as long, so who walks through documents one by
one holds many.
"""

from collections import Counter

from hathor_rt.ids import DocumentName
from hathor_rt.refusals import TooManyDocuments
from sync.units import Micros

_Hold = tuple[str, DocumentName]


class HeldDocuments:
    """What the tokens of this process hold.

    Args:
        most: Documents of one token at once.
        linger: For how long a document that was left still counts.
    """

    def __init__(self, most: int, linger: Micros) -> None:
        self._most = most
        self._linger = linger
        # Connections of each hold; 0: it was left, and is in `_left`.
        self._holds: dict[_Hold, int] = {}
        # When holds were left, oldest first.
        self._left: dict[_Hold, Micros] = {}
        self._documents: Counter[str] = Counter()

    def __len__(self) -> int:
        """Holds of all tokens."""
        return len(self._holds)

    def enter(self, token: str, document: DocumentName, now: Micros) -> None:
        """One more connection; to be followed by `leave`.

        Raises:
            TooManyDocuments: It is not one of the documents its token holds, and no more are allowed. Nothing is held then.
        """
        self._expire(now)
        hold = (token, document)
        if hold not in self._holds:
            if self._documents[token] >= self._most:
                raise TooManyDocuments(
                    f"a token has at most {self._most} documents open at once; one that was left counts for "
                    f"{self._linger // 1_000_000} s more"
                )
            self._holds[hold] = 0
            self._documents[token] += 1
        self._holds[hold] += 1
        self._left.pop(hold, None)

    def leave(self, token: str, document: DocumentName, now: Micros) -> None:
        """One connection less."""
        self._expire(now)
        hold = (token, document)
        self._holds[hold] -= 1
        if not self._holds[hold]:
            self._left[hold] = now

    def _expire(self, now: Micros) -> None:
        while self._left:
            hold, at = next(iter(self._left.items()))
            if now - at < self._linger:
                return
            del self._left[hold], self._holds[hold]
            token, _ = hold
            self._documents[token] -= 1
            if not self._documents[token]:
                del self._documents[token]
