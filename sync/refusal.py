"""An expected "no": the one exception type that crosses layers.

A refusal carries a stable `code` (kebab-case; clients, tests and translations rely on it) and a `reason` in plain
English that may be shown to the person who asked. Everything else that goes wrong is a bug and crashes its scope.
"""


class Refusal(Exception):
    """Something was asked that the rules do not allow.

    Attributes:
        code: Stable, machine-readable name. Subclasses set it; it never changes once released.
        reason: One sentence for people, saying what was expected and what came. Holds no secret.
    """

    code = "refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedFrame(Refusal):
    """Bytes that are no frame of this protocol."""

    code = "malformed-frame"


class FrameTooLarge(Refusal):
    """A frame beyond the size limit."""

    code = "frame-too-large"


class OutOfOrder(Refusal):
    """A frame that is well-formed but not allowed in the connection's present state."""

    code = "out-of-order"


class WrongProtocol(Refusal):
    """The client speaks a protocol version this server does not."""

    code = "wrong-protocol"


class MalformedUpdate(Refusal):
    """A document update that does not parse, or that breaks a structural limit."""

    code = "malformed-update"


class UpdateTooLarge(Refusal):
    """A document update beyond a size or count limit."""

    code = "update-too-large"


class ForeignClientId(Refusal):
    """A document update with structs by a client id that is not its sender's.

    Attributes:
        client_id: The id; 0 if there is no single one.
    """

    code = "foreign-client-id"

    def __init__(self, reason: str, client_id: int = 0) -> None:
        super().__init__(reason)
        self.client_id = client_id


class MissingPredecessor(Refusal):
    """A document update that builds on edits the server never received."""

    code = "missing-predecessor"


class SchemaViolation(Refusal):
    """A document update whose effect breaks the shape of its document kind."""

    code = "schema-violation"


class NotAllowed(Refusal):
    """The principal's role does not permit this."""

    code = "not-allowed"


class UnknownDocument(Refusal):
    """No such document, or no such kind of document."""

    code = "unknown-document"


class UnknownEntry(Refusal):
    """A command names a queue entry that is not there."""

    code = "unknown-entry"


class NothingToPlay(Refusal):
    """A command needs a current entry and the queue has none."""

    code = "nothing-to-play"
