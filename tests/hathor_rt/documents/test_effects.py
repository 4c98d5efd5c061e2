"""Records without behaviour: equal by value, so that ticks can be compared."""

from hathor_rt.documents.effects import Send
from hathor_rt.ids import ConnectionId
from sync.wire.frames import Done


def test_effects_are_values() -> None:
    assert Send(ConnectionId("c"), Done("r", 1)) == Send(ConnectionId("c"), Done("r", 1))
