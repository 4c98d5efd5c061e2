"""Whether everybody ends with the same: asked at the end of every run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pycrdt import Doc, Map

from loadtests.realtime.client import Client
from loadtests.realtime.crowd import Crowd
from loadtests.realtime.dialects import Dialect
from loadtests.realtime.writers import ROOT, Writer

_PATIENCE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    Attributes:
        clients: How many there are.
        told: How many were sent the last value of every other writer.
        replayed: How many kept everything, were replayed as documents and ended exactly as expected.
        looked_at: How many were replayed.
        is_joiner_equal: Whether somebody who joined at the end got exactly what was expected.
        lost: How many connections the server had ended.
        farewell: What it said to one of them.
    """

    clients: int
    told: int
    replayed: int
    looked_at: int
    is_joiner_equal: bool
    lost: int = 0
    farewell: str = ""

    @property
    def is_good(self) -> bool:
        """Whether all of that holds for all."""
        return self.told == self.clients and self.replayed == self.looked_at and self.is_joiner_equal

    def __str__(self) -> str:
        if self.is_good:
            return f"all {self.clients} told, {self.looked_at} replayed equal"
        joiner = "equal" if self.is_joiner_equal else "**differs**"
        lost = f", **{self.lost} ended: {self.farewell or 'without a word'}**" if self.lost else ""
        told = f"**{self.told} of {self.clients} told**"
        return f"{told}, {self.replayed} of {self.looked_at} replayed equal, joiner {joiner}{lost}"


def verify(crowd: Crowd, writers: Sequence[Writer], patience: float = _PATIENCE_SECONDS) -> Verdict:
    """Let every writer set a last value, see it reach everybody, and compare documents.

    Every client must be sent the last value of every other writer's key, found in its bytes. Those that kept all their
    bytes are replayed through a document of their own, whose content must be exactly the last values; the same holds for
    a client that joins now. (Keeping the bytes of a thousand clients would measure this process' memory.)
    """
    for writer in writers:
        writer.prepare(1)
    last = {writer: writer.value_after_next for writer in writers}
    for client in crowd.clients:
        client.wait_for(value for writer, value in last.items() if writer.client is not client)
    for writer in writers:
        writer.send_until(1)
    crowd.pump(patience, lambda: not any(client.waits_for for client in crowd.clients))
    for writer in writers:
        writer.give_up_the_rest()
    told = sum(not client.waits_for and not client.is_lost for client in crowd.clients)
    expected = {writer.key: value.decode() for writer, value in last.items()}
    writing = {writer.client for writer in writers}
    kept = [client for client in crowd.clients if client.keeps and client not in writing]
    replayed = sum(content(client, crowd.dialect) == expected for client in kept)
    lost = [client for client in crowd.clients if client.is_lost]
    words = next((client.farewell for client in lost if client.farewell), "")
    return Verdict(len(crowd.clients), told, replayed, len(kept), _joiner(crowd) == expected, len(lost), words)


def content(client: Client, dialect: Dialect) -> dict[str, object]:
    """The map as a document has it that got every update the client kept."""
    doc: Doc[Map[object]] = Doc()
    shared: Map[object] = doc.get(ROOT, type=Map)
    for update in client.updates(dialect):
        doc.apply_update(update)
    return dict(shared.to_py() or {})


def _joiner(crowd: Crowd) -> dict[str, object] | None:
    try:
        (client,) = crowd.join(1)
    except (TimeoutError, OSError):
        return None
    found = content(client, crowd.dialect)
    crowd.leave(client)
    return found
