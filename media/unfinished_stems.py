"""What was separated of a recording so far: where it lies and how much it is. Free of numpy, so the server may look.

A file outlives the process that makes it. Layout: 4096 bytes of head, which are JSON ``{"stems": ["drums", …], "frames":
480000}`` (`frames`: of the whole recording) and spaces; then frame after frame, of each frame every stem, of each stem left and
right, as float32, little endian. Whatever lies there in whole frames is right: it is only ever added to, and a process that is
killed leaves what it had written. (After a power cut the file may be short, which costs that much work again.)
"""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

FOLDER: Final = "unfinished-stems"
"""In the data folder."""
SUFFIX: Final = ".stems"
HEAD_BYTES: Final = 4096
SEPARATED: Final = 0.95
"""Progress of a job when the last window is separated; files of the stems are what is left to do."""
_CHANNELS: Final = 2
_SAMPLE_BYTES: Final = 4


class Head(msgspec.Struct, frozen=True):
    """What is being made: names of stems, and the length they will have."""

    stems: list[str]
    frames: int

    @property
    def frame_bytes(self) -> int:
        """Of one frame of all stems."""
        return len(self.stems) * _CHANNELS * _SAMPLE_BYTES

    def frames_in(self, file_bytes: int) -> int:
        """Whole frames in a file of so many bytes."""
        return max(0, file_bytes - HEAD_BYTES) // self.frame_bytes


def unfinished_path(folder: Path, job_key: str) -> Path:
    """The file of a job."""
    return folder / f"{hashlib.blake2b(job_key.encode(), digest_size=16).hexdigest()}{SUFFIX}"


def head_bytes(head: Head) -> bytes:
    """`head` as it lies in the file. Raises `ValueError` if its names are too many."""
    content = msgspec.json.encode(head)
    if len(content) > HEAD_BYTES:
        raise ValueError(f"expected names of stems that fit into {HEAD_BYTES} bytes")
    return content.ljust(HEAD_BYTES)


def head_from_bytes(content: bytes) -> Head | None:
    """The head at the beginning of a file; None if it is not whole."""
    if len(content) < HEAD_BYTES:
        return None
    try:
        head = msgspec.json.decode(content[:HEAD_BYTES], type=Head)
    except msgspec.DecodeError:
        return None
    return head if head.stems else None


def look(path: Path) -> tuple[Head, int] | None:
    """What is being made in the file `path`, and how many frames of it are there; None if nothing is."""
    try:
        with path.open("rb") as file:
            head = head_from_bytes(file.read(HEAD_BYTES))
            return None if head is None else (head, head.frames_in(path.stat().st_size))
    except FileNotFoundError:
        return None
