"""The signed correction of one output, as people and microphones find it: what no device says of itself.

Kept in a JSON file that maps the name of an output to its offset in Micros: ``{"USB Audio": 120000}``.
"""

from pathlib import Path
from typing import Final

import msgspec
import structlog

from sync.units import Micros

LEAST: Final = Micros(-1_000_000)
MOST: Final = Micros(5_000_000)

# Outputs with an offset of their own: every card and speaker of a household, and then some.
_MOST_OUTPUTS: Final = 40

_log = structlog.get_logger("hathor.listen")


class Offset:
    """How late an output sounds beyond what it says (positive), or how early (negative).

    Args:
        output: Its stable name; empty: it has none, and nothing is kept of it.
        file: Where offsets are kept over runs; None: nowhere. Read at once; one that cannot be read holds none.
    """

    def __init__(self, output: str, file: Path | None) -> None:
        self._output = output
        self._file = file if output else None
        self._micros = _clipped(0 if self._file is None else _read(self._file).get(output, 0))

    @property
    def micros(self) -> Micros:
        """What sounds late by this is fed early by this; `LEAST` … `MOST`."""
        return self._micros

    def put(self, micros: int) -> None:
        """Make it `micros`, or the nearest that it can be."""
        self._micros = _clipped(micros)

    def keep(self) -> bool:
        """Write it where it is found by the next run. Returns whether it is kept. Blocks."""
        if self._file is None:
            return False
        # Read anew: another speaker of this machine may have kept its own meanwhile.
        others = {name: micros for name, micros in _read(self._file).items() if name != self._output}
        kept = [*others.items(), (self._output, int(self._micros))][-_MOST_OUTPUTS:]
        fresh = self._file.with_name(self._file.name + ".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.json.encode(dict(kept)))
            fresh.replace(self._file)
        except OSError as error:
            _log.warning("the offset cannot be kept", file=str(self._file), reason=error.strerror)
            return False
        return True


def millis(micros: int) -> str:
    """As people give it on the command line: milliseconds, without needless places."""
    return f"{micros / 1000:g}"


def _clipped(micros: int) -> Micros:
    return Micros(min(MOST, max(LEAST, micros)))


def _read(file: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, int])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        _log.warning("kept offsets cannot be read", file=str(file), reason=str(error))
        return {}
