"""Models by name: our own, and those in the operator's folder."""

import pickle
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from media.problem import MediaProblem
from media.stem_models import model_path
from media.stems.bag import Bag
from media.stems.model_file import ModelDescription, check_name, read_model
from media.stems.packages import MODULES, load_package, load_torch, model_class
from media.stems.separation import Separator
from media.stems.torch_separator import TorchSeparator


def open_separator(name: str, folder: Path, *, takes_pickled: bool = False) -> Separator:
    """The model called `name` (`media/stem_models.py`). A checksum in the name of its file is checked. Nothing is ever fetched.

    Args:
        name: Of a model.
        folder: The operator's. What is there goes before what came with the program.
        takes_pickled: Whether ``.th`` files are read. They are pickles: torch is told to unpickle nothing but weights,
            numbers and the classes we build, so what is left is the trust in that.

    Raises:
        MediaProblem: ``model-missing``, ``model-refused``, ``damaged-model``, ``stems-missing``.
    """
    path = model_path(name, folder)
    if path.suffix == ".yaml":
        return _bag(path, folder, takes_pickled=takes_pickled)
    if path.suffix == ".safetensors":
        return TorchSeparator(*read_model(path))
    if not takes_pickled:
        raise MediaProblem(
            "model-refused",
            f"{path.name} is a pickle, which can be made to run programs; --pickled reads it all the same",
        )
    return _pickled(path)


def _bag(path: Path, folder: Path, *, takes_pickled: bool) -> Bag:
    yaml = load_package("yaml")
    try:
        content = yaml.safe_load(path.read_text())
        names = [str(name) for name in content["models"]]
        weights = content.get("weights")
    except (yaml.YAMLError, OSError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise MediaProblem("damaged-model", f"{path.name} names no models: {error}"[:300]) from error
    # A bag that names itself would never end.
    if path.stem in names:
        raise MediaProblem("damaged-model", f"{path.name} names itself")
    if any((folder / f"{name}.yaml").exists() for name in names):
        raise MediaProblem("damaged-model", f"{path.name} names another bag")
    return Bag([open_separator(name, folder, takes_pickled=takes_pickled) for name in names], weights)


def _pickled(path: Path) -> TorchSeparator:
    torch = load_torch()
    check_name(path, path.read_bytes())
    known = [*(model_class(name) for name in MODULES), Fraction]
    try:
        with torch.serialization.safe_globals(known):
            content = torch.load(path, map_location="cpu", weights_only=True)
        klass, arguments, weights = content["klass"].__name__, content["kwargs"], content["state"]
    except pickle.UnpicklingError as error:
        raise MediaProblem(
            "model-refused", f"{path.name} wants more than weights and a model: {error}"[:300]
        ) from error
    except (RuntimeError, KeyError, TypeError, AttributeError, EOFError, ValueError) as error:
        raise MediaProblem("damaged-model", f"{path.name} is not a whole model: {error}"[:300]) from error
    if not isinstance(arguments, Mapping) or not isinstance(weights, Mapping) or content.get("args"):
        raise MediaProblem("model-refused", f"{path.name} does not name the arguments of its model")
    plain: dict[str, Any] = {str(name): value for name, value in weights.items()}
    return TorchSeparator(ModelDescription(klass, arguments), plain)
