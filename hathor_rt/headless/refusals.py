"""What can stop a headless participant for good, each told in one line on the command line."""

from sync.refusal import Refusal


class TurnedAway(Refusal):
    """The server said no, for its own reason; `code` is the server's."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Unreachable(Refusal):
    """The server does not answer."""

    code = "unreachable"


class Untrusted(Refusal):
    """The server's https certificate is not trusted on this machine."""

    code = "untrusted-certificate"


class NoRoom(Refusal):
    """The URL names no room and the server has none that is open to everybody."""

    code = "no-room"


class BadAddress(Refusal):
    """The URL is no address of a server or a room."""

    code = "bad-address"


class NoSoundOutput(Refusal):
    """No sound can be played on this machine."""

    code = "no-sound-output"


class BadRecording(Refusal):
    """The file for the recording cannot be written."""

    code = "bad-recording"
