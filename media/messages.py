"""What a pool and its worker processes say to each other. Free of numpy, so the server may import it.

Each message is one MessagePack value (a tagged msgspec Struct) behind its length as uint32, little endian. The pool writes
`Assignment`s to the worker's standard input, one at a time; the worker answers on its standard output with `Ready` once, then
per assignment any number of `Progress` and one of `Measured`, `Segmented`, `Separated` or `Failed`. Standard error is for
logs.

A worker dies when its standard input ends, so none outlives its server.
"""

import struct
from typing import Final

import msgspec

from media.jobs import Work

# A message holds paths and numbers; a longer one means that the two sides have lost step.
MOST_BYTES: Final = 1 << 20
_LENGTH: Final = struct.Struct("<I")


class Assignment(msgspec.Struct, frozen=True, tag="assignment"):
    """Do this now."""

    key: str
    work: Work


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The process has loaded and compiled what it needs."""

    process: int


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """How far the assignment is, 0 … 1."""

    key: str
    fraction: float


class Measured(msgspec.Struct, frozen=True, tag="measured"):
    """Facts of a recording; waveforms and the larger part of the facts lie in files the pool takes over (`MeasureResult`)."""

    key: str
    frames: int
    loudness_lufs: float | None
    true_peak_db: float | None
    peaks_path: str
    note: str
    overview_path: str
    detail_path: str
    facts_path: str


class Segmented(msgspec.Struct, frozen=True, tag="segmented"):
    """A finished segment in a file the pool takes over."""

    key: str
    path: str
    byte_count: int


class Separated(msgspec.Struct, frozen=True, tag="separated"):
    """Stems by name, in files the pool takes over (`SeparateResult`)."""

    key: str
    frames: int
    paths: dict[str, str]


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The assignment cannot be done (`media.problem`)."""

    key: str
    code: str
    reason: str


Report = Ready | Progress | Measured | Segmented | Separated | Failed

_encoder: Final = msgspec.msgpack.Encoder()
_assignments: Final = msgspec.msgpack.Decoder(Assignment)
_reports: Final[msgspec.msgpack.Decoder[Report]] = msgspec.msgpack.Decoder(Report)


class LostStep(Exception):
    """Bytes that are no message: the process at the other end must be given up."""


def framed(message: Assignment | Report) -> bytes:
    """`message` as it travels."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


class Deframer:
    """Cuts a stream of bytes into message bodies."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, received: bytes) -> list[bytes]:
        """Take what came and return the bodies that are complete now.

        Raises:
            LostStep: A length beyond 1 MiB.
        """
        self._held += received
        bodies = []
        while len(self._held) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held)
            if length > MOST_BYTES:
                raise LostStep(f"expected a message of at most {MOST_BYTES} bytes, got one of {length}")
            end = _LENGTH.size + length
            if len(self._held) < end:
                break
            bodies.append(bytes(self._held[_LENGTH.size : end]))
            del self._held[:end]
        return bodies


def assignment(body: bytes) -> Assignment:
    """The assignment in a message body. Raises `LostStep` if it is none."""
    try:
        return _assignments.decode(body)
    except msgspec.DecodeError as error:
        raise LostStep(str(error)) from error


def report(body: bytes) -> Report:
    """The report in a message body. Raises `LostStep` if it is none."""
    try:
        return _reports.decode(body)
    except msgspec.DecodeError as error:
        raise LostStep(str(error)) from error
