"""torch and Demucs, loaded by what needs them when it needs them: they take a second and 200 MB."""

import ctypes
import importlib
import os
import resource
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from media.problem import MediaProblem
from media.stem_models import GPU_DEVICES

# What a model file may ask to be built, and where it is. Nothing else is ever imported because a file says so.
MODULES: Final = MappingProxyType(
    {"HTDemucs": "demucs.htdemucs", "HDemucs": "demucs.hdemucs", "Demucs": "demucs.demucs"}
)


def load_torch() -> Any:
    """The package torch.

    Raises:
        MediaProblem: ``stems-missing``.
    """
    return load_package("torch")


def prepare_torch(gpu_devices: Sequence[Path] = GPU_DEVICES) -> None:
    """Fit torch into a process that has other work as well; to be called before a model is opened.

    It uses half of the processors: the other half is for what plays, and threads that wait for each other burn what they wait.
    Where there is a GPU, the limit of this process's addresses goes, for its driver maps far more of them than it uses.

    Raises:
        MediaProblem: ``stems-missing``.
    """
    if any(device.exists() for device in gpu_devices):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    load_torch().set_num_threads(max(1, (os.cpu_count() or 1) // 2))


def give_memory_back() -> None:
    """Return to the system what answers of a model needed and the C library keeps: 0.3 GB with the small one."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    # Others than glibc need not be asked.
    if trim is not None:
        trim(0)


def model_class(name: str) -> Any:
    """The class of `MODULES` that is called `name`.

    Raises:
        MediaProblem: ``stems-missing``; ``model-refused`` for any other name.
    """
    if name not in MODULES:
        raise MediaProblem("model-refused", f"models of the class {name!r} are not built; {', '.join(MODULES)} are")
    return getattr(load_package(MODULES[name]), name)


def has_bfloat16(torch: Any) -> bool:
    """Whether this processor multiplies 16-bit floats by itself, without which they are slower than 32-bit ones."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("arm_bf16"))


def load_package(name: str) -> Any:
    """The package called `name`, one of those in `requirements/stems.txt`.

    Raises:
        MediaProblem: ``stems-missing``.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MediaProblem(
            "stems-missing",
            f"stems need the package {error.name}, which is not installed: `pip install -r requirements/stems.txt`, with pip "
            "pointed at the CPU build of torch where there is no GPU",
        ) from error
