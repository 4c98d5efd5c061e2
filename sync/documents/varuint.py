"""Numbers and texts as Yjs encodes them: seven bits a byte, low ones first, the high bit says that more follow."""

from typing import Final

from sync.refusal import MalformedUpdate

# 53 bits are what JavaScript can hold; they take eight groups of seven.
_LONGEST: Final = 8


class Varuints:
    """A position in bytes.

    Every method runs over the end with `IndexError`, which whoever reads a whole turns into one refusal.

    Attributes:
        data: The bytes.
        at: Index of the next byte.
    """

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def next(self) -> int:
        """The number here.

        Raises:
            MalformedUpdate: It has more than 53 bits.
        """
        # Locals: a state of 5 000 entries has a hundred thousand numbers, and most updates some dozens.
        data, at = self.data, self.at
        byte = data[at]
        if byte < 0x80:
            self.at = at + 1
            return byte
        value, shift = byte & 0x7F, 7
        while shift < 7 * _LONGEST:
            at += 1
            byte = data[at]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value >= 2**53:
                    break
                self.at = at + 1
                return value
            shift += 7
        raise MalformedUpdate("a number has more than 53 bits")

    def skip(self, count: int) -> None:
        """Go `count` bytes on."""
        self.at += count
        if self.at > len(self.data):
            raise IndexError

    def text(self, longest: int) -> bytes:
        """A length and that many bytes of UTF-8.

        Raises:
            MalformedUpdate: It is longer than `longest` bytes, or no UTF-8.
        """
        length = self.next()
        if length > longest:
            raise MalformedUpdate(f"a text has at most {longest} bytes, this one claims {length}")
        start = self.at
        self.at = end = start + length
        if end > len(self.data):
            raise IndexError
        raw = self.data[start:end]
        if not raw.isascii():
            try:
                raw.decode()
            except UnicodeDecodeError:
                raise MalformedUpdate("a text is not UTF-8") from None
        return raw
