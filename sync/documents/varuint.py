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
        byte = self.data[self.at]
        self.at += 1
        if byte < 0x80:
            return byte
        value = byte & 0x7F
        for shift in range(7, 7 * _LONGEST, 7):
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value >= 2**53:
                    break
                return value
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
        self.skip(length)
        raw = self.data[start : self.at]
        if not raw.isascii():
            try:
                raw.decode()
            except UnicodeDecodeError:
                raise MalformedUpdate("a text is not UTF-8") from None
        return raw
