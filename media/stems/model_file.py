"""Model files: safetensors, whose head says which class is built and how. Read and written without torch.

Layout: the length of the head (8 bytes, little-endian), the head (JSON: a record ``{"dtype", "shape", "data_offsets"}`` for every
weight, and text under ``__metadata__``), the weights. Metadata that is read: ``klass``, ``args``, ``kwargs``, the last two
JSON, as Demucs 4.1 writes them.

Source: https://huggingface.co/docs/safetensors, "Format".
"""

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from media.problem import MediaProblem
from media.stems.packages import MODULES

Weights = Mapping[str, npt.NDArray[Any]]
"""Arrays by name."""

_LONGEST_HEAD: Final = 16 * 1024**2
_TYPES: Final = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "BOOL": "?"}


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What a model is, without its weights.

    Attributes:
        klass: One of `media.stems.packages.MODULES`.
        arguments: Of its constructor, by name.
        told: What else the file says about itself.
    """

    klass: str
    arguments: Mapping[str, Any]
    told: Mapping[str, str] = field(default_factory=dict)


def read_model(path: Path) -> tuple[ModelDescription, Weights]:
    """What is in the file `path`.

    Raises:
        MediaProblem: ``model-missing``: it cannot be read. ``model-refused``: its class is none we build.
            ``damaged-model``: it is not whole.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MediaProblem("model-missing", f"{path.name} cannot be read: {error.strerror}") from error
    check_name(path, content)
    try:
        head, body = _head_of(content)
        told = dict(head.pop("__metadata__"))
        klass = str(told.pop("klass")).rpartition(".")[2]
        if klass not in MODULES:
            raise MediaProblem(
                "model-refused", f"{path.name} is of the class {klass!r}; {', '.join(MODULES)} are built"
            )
        arguments = {name: _argument(value) for name, value in json.loads(told.pop("kwargs")).items()}
        if json.loads(told.pop("args", "[]")) or "structure" in told:
            raise MediaProblem(
                "model-refused", f"{path.name} is packed in a way that is not read (positions, quantised)"
            )
        weights = {name: _array(entry, body) for name, entry in head.items()}
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError, struct.error) as error:
        raise MediaProblem("damaged-model", f"{path.name} is not a whole model: {error!r}") from error
    return ModelDescription(klass, arguments, told), weights


def write_model(path: Path, description: ModelDescription, weights: Weights, told: Mapping[str, str]) -> None:
    """Write `weights` (floating-point ones with 16 bits) and what they are for, complete or not at all."""
    head: dict[str, Any] = {
        "__metadata__": {
            "klass": f"{MODULES[description.klass]}.{description.klass}",
            "args": "[]",
            "kwargs": json.dumps(dict(description.arguments)),
            **told,
        }
    }
    body = b""
    for name, weight in sorted(weights.items()):
        stored = weight.astype("<f2") if weight.dtype.kind == "f" else weight
        kind = next(kind for kind, form in _TYPES.items() if np.dtype(form) == stored.dtype and kind != "BF16")
        content = stored.tobytes()
        offsets = [len(body), len(body) + len(content)]
        head[name] = {"dtype": kind, "shape": list(stored.shape), "data_offsets": offsets}
        body += content
    text = json.dumps(head, separators=(",", ":")).encode()
    # Weights begin at a multiple of eight.
    text += b" " * (-len(text) % 8)
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(struct.pack("<Q", len(text)) + text + body)
    unfinished.replace(path)


def check_name(path: Path, content: bytes) -> None:
    """Compare `content` with the checksum in the name of its file, if there is one.

    Demucs puts the start of a file's SHA-256 behind a dash of its name; where it is, it has to be right.

    Raises:
        MediaProblem: ``damaged-model``.
    """
    _, dash, promised = path.stem.rpartition("-")
    is_promise = dash and len(promised) == 8 and all(letter in "0123456789abcdef" for letter in promised)
    if is_promise and not hashlib.sha256(content).hexdigest().startswith(promised):
        raise MediaProblem("damaged-model", f"{path.name} is not what its name says: its checksum differs")


def _head_of(content: bytes) -> tuple[dict[str, Any], memoryview]:
    (length,) = struct.unpack_from("<Q", content)
    if length > min(_LONGEST_HEAD, len(content) - 8):
        raise ValueError("its head is longer than the file")
    head = json.loads(content[8 : 8 + length])
    if not isinstance(head, dict):
        raise TypeError("its head is no record")
    return head, memoryview(content)[8 + length :]


def _array(entry: Mapping[str, Any], body: memoryview) -> npt.NDArray[Any]:
    form = np.dtype(_TYPES[entry["dtype"]])
    first, last = entry["data_offsets"]
    shape = [int(size) for size in entry["shape"]]
    if not 0 <= first <= last <= len(body) or last - first != math.prod(shape) * form.itemsize:
        raise ValueError("a weight lies outside of the file")
    array = np.frombuffer(body[first:last], form).reshape(shape)
    if entry["dtype"] == "BF16":
        # The upper half of a 32-bit float.
        return (array.astype("<u4") << 16).view("<f4")
    return array


def _argument(value: Any) -> Any:
    """Demucs writes fractions, which JSON has not, as a record."""
    if isinstance(value, dict) and value.get("_type") == "fraction":
        return Fraction(value["numerator"], value["denominator"])
    return value
