"""Signed names of renditions, as they stand in segment URLs: ``segments/<signature>/<rendition>/<index>``.

<rendition> says by itself what to make: lower-case base 32 (RFC 4648, no padding) of the MessagePack array [1, source, codec,
kilobits], where 1 is the version of this form. <signature> is lower-case base 32 of the first 16 bytes of HMAC-SHA256 over
"segment:" and the ASCII bytes of <rendition>: 26 characters. So nothing needs to be kept to answer a URL after a restart, a
track's hash alone opens nothing, and a URL is worth handing out only to those who may hear the track.

Example, with source "ab", Opus at 128 kbit/s: the array ``94 01 A2 61 62 A4 6F 70 75 73 CC 80`` is ``sqa2eylcurxxa5ltzsaa``.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

import msgspec

from hathor_rt.refusals import UnknownSegment
from media.rendition import Codec, Rendition

SECRET_NAME: Final = "segments"  # noqa: S105 - the name of the key, not the key

_FORM: Final = 1
_LONGEST_NAME: Final = 400
_decoder: Final = msgspec.msgpack.Decoder(tuple[int, str, Codec, int])


class SegmentLinks:
    """Makes and reads signed names.

    Args:
        key: Secret of 32 bytes (`SecretStore` "segments"). With another key all URLs end.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def name(self, rendition: Rendition) -> str:
        """<rendition> of the URL: what to make, readable by anybody."""
        assert rendition == Rendition(rendition.source, rendition.codec, rendition.kilobits), (
            "only plain renditions yet"
        )
        return _text(msgspec.msgpack.encode((_FORM, rendition.source, rendition.codec, rendition.kilobits)))

    def sign(self, name: str) -> str:
        """<signature> of the URL."""
        return _text(hmac.new(self._key, b"segment:" + name.encode(), hashlib.sha256).digest()[:16])

    def read(self, signature: str, name: str) -> Rendition:
        """The rendition that was named and signed.

        Raises:
            UnknownSegment: The signature is not ours (whatever the name holds), or the name is of another version.
        """
        # compare_digest refuses text beyond ASCII, so bytes are compared.
        if len(name) > _LONGEST_NAME or not hmac.compare_digest(self.sign(name).encode(), signature.encode()):
            raise UnknownSegment("There is no such segment.")
        try:
            form, source, codec, kilobits = _decoder.decode(base64.b32decode(name.upper() + "=" * (-len(name) % 8)))
        except (binascii.Error, msgspec.DecodeError) as error:
            raise UnknownSegment("There is no such segment.") from error
        if form != _FORM:
            raise UnknownSegment("There is no such segment.")
        return Rendition(source, codec, kilobits)


def _text(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=").lower()
