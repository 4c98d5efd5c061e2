import hashlib
import json
import struct
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.problem import MediaProblem
from media.stems.model_file import read_model
from tests.media.stems.fakes import TINY, model_file


def refusal(path: Path) -> MediaProblem:
    with pytest.raises(MediaProblem) as caught:
        read_model(path)
    return caught.value


def with_head(path: Path, **metadata: str) -> Path:
    """The file at `path` with other metadata."""
    content = path.read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    head = json.loads(content[8 : 8 + length])
    head["__metadata__"].update(metadata)
    text = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    description, weights = read_model(model_file(tmp_path / "a.safetensors", licence="ours"))
    assert (description.klass, description.arguments) == (TINY.klass, TINY.arguments)
    assert description.told == {"licence": "ours"}
    assert weights["a"].dtype == np.float16
    assert np.array_equal(weights["a"], np.ones((2, 3)))
    assert np.array_equal(weights["b"], [0])
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


def test_fractions_are_read_as_demucs_writes_them(tmp_path: Path) -> None:
    fraction = {"_type": "fraction", "numerator": 39, "denominator": 5}
    path = model_file(tmp_path / "a.safetensors", replace(TINY, arguments={"segment": fraction}))
    assert read_model(path)[0].arguments == {"segment": Fraction(39, 5)}


def test_short_floats_are_widened(tmp_path: Path) -> None:
    head = {"w": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}
    metadata = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": "{}"}
    text = json.dumps({"__metadata__": metadata, **head}).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + struct.pack("<HH", 0x3F80, 0xC000))
    assert read_model(path)[1]["w"].tolist() == [1.0, -2.0]


@pytest.mark.parametrize("klass", ["os.system", "demucs.train.Trainer", "HTDemucs.evil"])
def test_other_classes_are_refused(tmp_path: Path, klass: str) -> None:
    assert refusal(with_head(model_file(tmp_path / "a.safetensors"), klass=klass)).code == "model-refused"


@pytest.mark.parametrize("metadata", [{"args": "[1]"}, {"structure": "{}"}])
def test_packings_that_are_not_read_are_refused(tmp_path: Path, metadata: dict[str, str]) -> None:
    assert refusal(with_head(model_file(tmp_path / "a.safetensors"), **metadata)).code == "model-refused"


@pytest.mark.parametrize(
    "kwargs",
    [
        "[" * 100_000,
        '{"segment": {"_type": "fraction", "numerator": 1, "denominator": 0}}',
        '{"segment": {"_type": "fraction"}}',
        "3",
    ],
)
def test_arguments_that_make_no_sense_are_damage(tmp_path: Path, kwargs: str) -> None:
    assert refusal(with_head(model_file(tmp_path / "a.safetensors"), kwargs=kwargs)).code == "damaged-model"


@pytest.mark.parametrize("shape", [[float("inf")], ["many"], [-1, -6], None])
def test_shapes_that_make_no_sense_are_damage(tmp_path: Path, shape: object) -> None:
    metadata = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": "{}"}
    head = {"__metadata__": metadata, "w": {"dtype": "F32", "shape": shape, "data_offsets": [0, 24]}}
    text = json.dumps(head).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(24))
    assert refusal(path).code == "damaged-model"


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.safetensors").code == "model-missing"


def test_a_name_that_promises_a_checksum_is_held_to_it(tmp_path: Path) -> None:
    path = model_file(tmp_path / "a.safetensors")
    right = path.with_name(f"a-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}.safetensors")
    path.rename(right)
    read_model(right)
    wrong = right.rename(right.with_name("a-00000000.safetensors"))
    assert refusal(wrong).code == "damaged-model"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    path = model_file(tmp_path / "a.safetensors")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(MediaProblem):
        read_model(path)
