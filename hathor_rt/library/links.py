"""Signed names of renditions, as they stand in segment URLs: ``segments/<signature>/<rendition>/<index>``.

<rendition> says by itself what to make: lower-case base 32 (RFC 4648, no padding) of the MessagePack array [1, source, codec,
kilobits], where 1 is the version of this form; of a bent rendition it is [2, source, codec, kilobits, tempo_permille,
pitch_cents, keeps_formants], of a stem, bent or not, [3, source, codec, kilobits, tempo_permille, pitch_cents, keeps_formants,
model, stem]. <signature> is lower-case base 32 of the first 16 bytes of HMAC-SHA256 over
"segment:" and the ASCII bytes of <rendition>: 26 characters. So nothing needs to be kept to answer a URL after a restart, a
track's hash alone opens nothing, and a URL is worth handing out only to those who may hear the track.

Example, with source "ab", Opus at 128 kbit/s: the array ``94 01 A2 61 62 A4 6F 70 75 73 CC 80`` is ``sqa2eylcurxxa5ltzsaa``;
at tempo 0.8 and pitch -200 cents, formants kept, ``97 02 A2 61 62 A4 6F 70 75 73 CC 80 CD 03 20 D1 FF 38 C3`` is
``s4bkeylcurxxa5ltzsam2aza2h7trqy``.
"""

import base64
import hashlib
import hmac
from dataclasses import astuple
from typing import Final

import msgspec

from hathor_rt.refusals import UnknownSegment
from media.bend import PLAIN, Bend
from media.rendition import Codec, Rendition

SECRET_NAME: Final = "segments"  # noqa: S105 - the name of the key, not the key

_PLAIN_FORM: Final = 1
_BENT_FORM: Final = 2
_STEM_FORM: Final = 3
_LONGEST_NAME: Final = 400
_form_decoder: Final = msgspec.msgpack.Decoder(list[msgspec.Raw])
_plain_decoder: Final = msgspec.msgpack.Decoder(tuple[int, str, Codec, int])
_bent_decoder: Final = msgspec.msgpack.Decoder(tuple[int, str, Codec, int, int, int, bool])
_stem_decoder: Final = msgspec.msgpack.Decoder(tuple[int, str, Codec, int, int, int, bool, str, str])


class SegmentLinks:
    """Makes and reads signed names.

    Args:
        key: Secret of 32 bytes (`SecretStore` "segments"). With another key all URLs end.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def name(self, rendition: Rendition) -> str:
        """<rendition> of the URL: what to make, readable by anybody."""
        bend = rendition.bend
        if bend == PLAIN and not rendition.stem:
            # URLs of plain renditions stay as they were before there were bent ones.
            return _text(msgspec.msgpack.encode((_PLAIN_FORM, rendition.source, rendition.codec, rendition.kilobits)))
        wish = (rendition.source, rendition.codec, rendition.kilobits, *astuple(bend))
        if rendition.stem:
            return _text(msgspec.msgpack.encode((_STEM_FORM, *wish, rendition.model, rendition.stem)))
        return _text(msgspec.msgpack.encode((_BENT_FORM, *wish)))

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
            return _rendition(base64.b32decode(name.upper() + "=" * (-len(name) % 8)))
        except (msgspec.DecodeError, ValueError) as error:
            raise UnknownSegment("There is no such segment.") from error


def _rendition(content: bytes) -> Rendition:
    """The rendition that an array of either form means. Raises `msgspec.DecodeError` or `ValueError` if it is none."""
    fields = _form_decoder.decode(content)
    form = msgspec.msgpack.decode(fields[0], type=int) if fields else 0
    if form == _PLAIN_FORM:
        _, source, codec, kilobits = _plain_decoder.decode(content)
        return Rendition(source, codec, kilobits)
    if form == _BENT_FORM:
        _, source, codec, kilobits, tempo_permille, pitch_cents, keeps_formants = _bent_decoder.decode(content)
        bend = Bend(tempo_permille, pitch_cents, keeps_formants)
        return Rendition(source, codec, kilobits, bend.tempo_permille, bend.pitch_cents, bend.keeps_formants)
    if form == _STEM_FORM:
        _, source, codec, kilobits, tempo_permille, pitch_cents, keeps_formants, model, stem = _stem_decoder.decode(
            content
        )
        bend = Bend(tempo_permille, pitch_cents, keeps_formants)
        return Rendition(
            source, codec, kilobits, bend.tempo_permille, bend.pitch_cents, bend.keeps_formants, stem, model
        )
    raise ValueError(f"expected a name of form 1 to 3, got {form}")


def _text(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=").lower()
