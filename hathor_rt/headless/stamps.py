"""What a recording says about itself: for each block, where it stands in time and in the music."""

from pathlib import Path
from typing import Final, Self

import msgspec

from hathor_rt.headless.refusals import BadRecording


class Stamp(msgspec.Struct, frozen=True):
    """One moment of a recording. Instants, errors and positions in Micros.

    Attributes:
        file_frame: Sample frame of the file, 0 for the first.
        local_at: This machine's monotonic clock at that frame. The file runs by it, at exactly 48 kHz.
        server_instant: The room's clock at that frame as it was known when it was rendered; None before it was known.
        clock_error: Certified error of `server_instant`.
        state: What is heard: silent, buffering, catching-up or in-step.
        entry: Queue entry that sounds; empty if none.
        track: Its track.
        position: Position in the track of what sounds.
        playback_error: How far that is from where it should be; positive: ahead.
        rate_ppm: Correction of the speed in force.
    """

    file_frame: int
    local_at: int
    server_instant: int | None
    clock_error: int
    state: str
    entry: str
    track: str
    position: int
    playback_error: int
    rate_ppm: int


_OPEN: Final = b"[\n"
_BETWEEN: Final = b",\n"
_CLOSE: Final = b"\n]\n"


class StampFile:
    """A JSON array of stamps, valid after every write. An existing file is replaced.

    Raises:
        BadRecording: The file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise BadRecording(f"{path} cannot be written: {error.strerror}") from error
        self._file.write(_OPEN + _CLOSE)
        self._file.flush()
        self._is_empty = True

    def write(self, stamp: Stamp) -> None:
        """Append a stamp. Raises `BadRecording`."""
        try:
            self._file.seek(-len(_CLOSE), 2)
            self._file.write((b"" if self._is_empty else _BETWEEN) + msgspec.json.encode(stamp) + _CLOSE)
            self._file.flush()
        except OSError as error:
            raise BadRecording(f"the stamps cannot be written: {error.strerror}") from error
        self._is_empty = False

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def stamps_path(recording: Path) -> Path:
    """Where the stamps of a recording lie: beside it, with ``.json`` behind its name."""
    return recording.with_name(recording.name + ".json")
