"""The HTTP side of a participant: who it is, where it may go, and the sound it fetches. Every call blocks."""

import ssl
from http.cookiejar import CookieJar, LoadError, MozillaCookieJar
from pathlib import Path
from typing import Final, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import HTTPCookieProcessor, HTTPSHandler, ProxyHandler, Request, build_opener

import msgspec

from hathor_rt.headless.address import Address
from hathor_rt.headless.refusals import NoRoom, TurnedAway, Unreachable, Untrusted
from hathor_rt.library.ports import Manifest
from media.bend import PLAIN, Bend
from media.rendition import Codec
from sync.refusal import Refusal

# The server itself answers within 20 s (segment_wait_seconds) or says that it needs longer.
_PATIENCE_SECONDS: Final = 30
# A full FLAC segment of noise has 800 kB; whatever is larger is no segment and no manifest.
_MOST_BYTES: Final = 8_000_000

_Body = TypeVar("_Body", bound=msgspec.Struct)


class Session(msgspec.Struct, frozen=True):
    """Answer of ``/api/session``."""

    principal: str
    device: str
    name: str


class _Instance(msgspec.Struct, frozen=True):
    demo_room: str


class _Room(msgspec.Struct, frozen=True):
    room: str
    name: str


class _No(msgspec.Struct, frozen=True):
    code: str
    reason: str


class _Track(msgspec.Struct, frozen=True):
    title: str
    artist: str


class _Tracks(msgspec.Struct, frozen=True):
    tracks: list[_Track]


class _Lookup(msgspec.Struct, frozen=True):
    tracks: list[str]


class _Name(msgspec.Struct, frozen=True):
    name: str


class Visitor:
    """One guest of one server.

    Args:
        address: The server.
        tls: How https certificates are judged; None with plain http.
        cookies: File that keeps this guest (and with it the device) over runs; None: a fresh guest every time.
    """

    def __init__(self, address: Address, tls: ssl.SSLContext | None, cookies: Path | None) -> None:
        self.tls: Final = tls
        self._address = address
        self._jar, self._file = _open_jar(cookies)
        # No proxy: a server at home is reached directly, as the realtime socket reaches it.
        handlers = [ProxyHandler({}), HTTPCookieProcessor(self._jar)]
        if tls is not None:
            handlers.append(HTTPSHandler(context=tls))
        self._opener = build_opener(*handlers)

    def introduce(self, name: str) -> Session:
        """Become a guest, or come back as the one that was kept, under `name`.

        Raises:
            Unreachable, Untrusted: There is no talking to the server.
            TurnedAway: It does not want us, or not under this name.
        """
        if self._address.key:
            self._fetch(f"/?k={self._address.key}")
        session = self._json("/api/session", Session)
        if session.name != name:
            session = self._json("/api/session", Session, _Name(name), method="PATCH")
        if self._file is not None:
            self._file.save()
        return session

    def find_room(self) -> tuple[str, str]:
        """Code and name of the room that the address means.

        Raises:
            NoRoom: It means the open room, and there is none.
            TurnedAway: The room is unknown, or the invite does not open it.
            Unreachable, Untrusted: There is no talking to the server.
        """
        room = self._address.room or self._json("/api/instance", _Instance).demo_room
        if not room:
            raise NoRoom("this server has no room that is open to everybody; give the link of a room")
        invite = f"?i={self._address.invite}" if self._address.invite else ""
        card = self._json(f"/api/rooms/{room}{invite}", _Room)
        return card.room, card.name

    def manifest(self, room: str, track: str, codec: Codec, near_frame: int, bend: Bend = PLAIN) -> Manifest:
        """How to fetch a track, around a frame of the recording first.

        Raises as `find_room` (not `NoRoom`); the room must have been entered.
        """
        asked = f"room={room}&codec={codec}&near={near_frame}"
        if not bend.is_plain:
            asked += f"&tempo={bend.tempo_permille}&pitch={bend.pitch_cents}&formants={int(bend.keeps_formants)}"
        return self._json(f"/api/manifests/{track}?{asked}", Manifest)

    def segment(self, path: str) -> bytes:
        """A segment, by its URL in a manifest. Raises as `manifest`."""
        return self._fetch(path)

    def track_name(self, track: str) -> str:
        """Artist and title for people; the bare id if the server does not tell."""
        try:
            found = self._json("/api/tracks/lookup", _Tracks, _Lookup([track]), method="POST").tracks
        except Refusal:
            return track
        return f"{found[0].artist} – {found[0].title}" if found else track

    def cookie_header(self) -> str:
        """The Cookie header that a browser would send."""
        request = Request(f"{self._address.base}/ws")  # noqa: S310  # the scheme was checked with the address
        self._jar.add_cookie_header(request)
        return request.get_header("Cookie") or ""

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _json(self, path: str, kind: type[_Body], body: msgspec.Struct | None = None, *, method: str = "GET") -> _Body:
        content = self._fetch(path, body, method)
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.MsgspecError as error:
            raise Unreachable(f"what answers at {self._address.base} is no Hathor RT server: {error}") from error

    def _fetch(self, path: str, body: msgspec.Struct | None = None, method: str = "GET") -> bytes:
        request = Request(self._address.base + path, method=method)  # noqa: S310  # as above
        if body is not None:
            request.data = msgspec.json.encode(body)
            request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, timeout=_PATIENCE_SECONDS) as answer:
                content = answer.read(_MOST_BYTES + 1)
        except HTTPError as error:
            with error:
                raise _refusal(error) from error
        except URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise Untrusted(
                    f"the certificate of {self._address.host} is not trusted on this machine: install the server's "
                    "authority (hathor tls show) or use --insecure"
                ) from error
            raise Unreachable(f"{self._address.base} does not answer: {error.reason}") from error
        except (OSError, EOFError) as error:
            raise Unreachable(f"{self._address.base} does not answer: {error}") from error
        if not isinstance(content, bytes) or len(content) > _MOST_BYTES:
            raise Unreachable(f"{self._address.base} sends more than a segment can hold")
        return content


def _refusal(error: HTTPError) -> TurnedAway:
    try:
        told = msgspec.json.decode(error.read(_MOST_BYTES), type=_No)
    except (msgspec.MsgspecError, OSError):
        return TurnedAway(f"http-{error.code}", f"the server answers {error.code} {error.reason}")
    return TurnedAway(told.code, told.reason)


def _open_jar(file: Path | None) -> tuple[CookieJar, MozillaCookieJar | None]:
    if file is None:
        return CookieJar(), None
    file.parent.mkdir(parents=True, exist_ok=True)
    # The cookie is this guest: nobody else on the machine may read it.
    file.touch(mode=0o600)
    jar = MozillaCookieJar(file)
    try:
        jar.load()
    except LoadError:
        # A fresh or damaged file: whoever we were, we are a new guest.
        jar.clear()
    return jar, jar
