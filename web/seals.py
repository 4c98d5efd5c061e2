"""Signed text that we hand out and get back unchanged: cookies and tickets are both made of it."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer


def _utc_seconds() -> int:
    return int(time.time())


@dataclass(frozen=True, slots=True)
class Opened:
    """What genuine text says, and how many seconds ago it was signed."""

    content: object
    age_seconds: int


class Seal:
    """Signs small JSON values (HMAC-SHA256 and the time of signing), readable by anyone, forgeable by nobody.

    Args:
        key: 32 secret bytes.
        purpose: What the text is for; text of another purpose is not accepted, even under the same key.
        now_utc: Tells seconds since 1970.
    """

    def __init__(self, key: bytes, purpose: str, now_utc: Callable[[], int] = _utc_seconds) -> None:
        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return now_utc()

        self._now_utc = now_utc
        self._serializer = URLSafeTimedSerializer(
            key, salt=purpose, signer=Signer, signer_kwargs={"digest_method": hashlib.sha256}
        )

    def close(self, content: object) -> str:
        """`content` as text that is safe in URLs and cookies."""
        return str(self._serializer.dumps(content))

    def open(self, text: str, *, lifetime_seconds: int) -> Opened | None:
        """What `text` says if we signed it for this purpose within its lifetime, otherwise None."""
        try:
            content, signed_at = self._serializer.loads(text, max_age=lifetime_seconds, return_timestamp=True)
        except BadData:
            return None
        return Opened(content, self._now_utc() - int(signed_at.timestamp()))
