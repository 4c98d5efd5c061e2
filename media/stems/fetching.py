"""Fetching a model for somebody who asked for it and was shown its licence. Nothing else here touches a network."""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from media.problem import MediaProblem
from media.stems.listing import REMOTES, Remote
from media.stems.model_file import read_model

_BLOCK_BYTES: Final = 1 << 18
_TIMEOUT_SECONDS: Final = 30


def remote_called(name: str, remotes: Iterable[Remote] = REMOTES) -> Remote:
    """The model of that name.

    Raises:
        MediaProblem: ``model-missing``.
    """
    for each in remotes:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in remotes)
    raise MediaProblem("model-missing", f"no model {name!r} can be fetched; there are {known}")


def fetch(remote: Remote, folder: Path, tell: Callable[[float], None]) -> tuple[Path, str]:
    """Fetch `remote` into `folder`, where it is whole or not at all. Returns its path and its SHA-256.

    Raises:
        MediaProblem: ``model-missing``: it does not come. ``damaged-model``: it is not the file that was promised, or no
            model. ``model-refused``: of a class we do not build. ``storage-full``: it cannot be kept.
    """
    path = folder / f"{remote.name}.safetensors"
    unfinished = folder / f".{path.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        digest = _download(remote, unfinished, tell)
        if remote.sha256 and digest != remote.sha256:
            raise MediaProblem(
                "damaged-model", f"{remote.url} is not the file that was promised: its checksum is {digest}"
            )
        read_model(unfinished)
        unfinished.replace(path)
    except urllib.error.HTTPError as error:
        error.close()
        raise MediaProblem("model-missing", f"{remote.url} does not come: {error}") from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        raise MediaProblem("model-missing", f"{remote.url} does not come: {error}") from error
    except OSError as error:
        raise MediaProblem("storage-full", f"{path} cannot be kept: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    tell(1.0)
    return path, digest


def _download(remote: Remote, path: Path, tell: Callable[[float], None]) -> str:
    digest = hashlib.sha256()
    most = 2 * remote.megabytes * 1_000_000
    done = 0
    with path.open("wb") as file, urllib.request.urlopen(remote.url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310  # of the table
        due = int(answer.headers.get("Content-Length") or remote.megabytes * 1_000_000)
        while block := answer.read(_BLOCK_BYTES):
            done += len(block)
            if done > most:
                raise MediaProblem("damaged-model", f"{remote.url} is much larger than {remote.megabytes} MB")
            digest.update(block)
            file.write(block)
            tell(min(1.0, done / max(1, due)))
    if "Content-Length" in answer.headers and done != due:
        raise MediaProblem("model-missing", f"{remote.url} broke off after {done} of {due} bytes")
    return digest.hexdigest()
