"""The built client: a handful of files, held in memory with their tags and packed forms."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import trio

# The client is a few hundred kilobytes; a folder far beyond that is not ours.
LONGEST_FILE: Final = 8 * 1024 * 1024
MOST_FILES: Final = 500
# Below this, headers weigh more than what packing spares.
_LEAST_PACKED: Final = 1024

_TYPES: Final[Mapping[str, str]] = {
    # Windows registries and slim containers know these wrongly or not at all, and modules need their type.
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class ClientFile:
    """One file. `packed`: gzip of `content`, None where that is no gain. `etag`: quoted, of the content."""

    content: bytes
    packed: bytes | None
    content_type: str
    etag: str


class ClientFiles:
    """The files under `folder`, read again when a new build has replaced ``index.html``.

    Args:
        folder: Where the build puts them; need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built_ns = 0
        self._files: Mapping[str, ClientFile] = {}
        self._reading = trio.Lock()

    async def get(self, name: str) -> ClientFile | None:
        """The file called `name` (relative, with ``/``); None if there is none. Never leaves the folder."""
        try:
            built_ns = (await trio.Path(self._folder / "index.html").stat()).st_mtime_ns
        except FileNotFoundError:
            return None
        if built_ns != self._built_ns:
            async with self._reading:
                if built_ns != self._built_ns:
                    self._files = await trio.to_thread.run_sync(_read_all, self._folder)
                    self._built_ns = built_ns
        return self._files.get(name)


def _read_all(folder: Path) -> Mapping[str, ClientFile]:
    found: dict[str, ClientFile] = {}
    for path in sorted(folder.rglob("*")):
        # A link could lead anywhere; builds make none.
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LONGEST_FILE:
            continue
        found[path.relative_to(folder).as_posix()] = _file(path)
        if len(found) > MOST_FILES:
            break
    return found


def _file(path: Path) -> ClientFile:
    content = path.read_bytes()
    content_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed: bytes | None = None
    if len(content) >= _LEAST_PACKED and not content_type.startswith(("image/png", "image/jpeg", "font/", "audio/")):
        # mtime 0: the same build packs to the same bytes.
        packed = gzip.compress(content, 9, mtime=0)
        packed = packed if len(packed) < len(content) * 9 // 10 else None
    return ClientFile(content, packed, content_type, f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"')
