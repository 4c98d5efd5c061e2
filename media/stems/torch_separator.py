"""A Demucs model run by torch: on a GPU if there is one, with 16-bit floats where the processor has them."""

import inspect
import re
import warnings
from typing import Any

import numpy as np

from media.pcm import CHANNELS, Samples
from media.problem import MediaProblem
from media.stems.model_file import ModelDescription, Weights
from media.stems.packages import has_bfloat16, load_torch, model_class

# Windows of models that would take any length: longer ones only cost memory.
_LONGEST_SECONDS = 10
_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,39}")


class TorchSeparator:
    """A `media.stems.separation.Separator`.

    Args:
        description: What to build.
        weights: All its weights.

    Raises:
        MediaProblem: ``stems-missing``; ``model-refused`` if its class is none we build, it is not stereo, or its stems have
            names that files cannot have; ``damaged-model`` if the weights do not fit.
    """

    def __init__(self, description: ModelDescription, weights: Weights) -> None:
        self._torch = load_torch()
        build = model_class(description.klass)
        known = inspect.signature(build).parameters
        try:
            # Models of older releases name arguments that are gone without a trace; Demucs drops them, too.
            model = build(**{name: value for name, value in description.arguments.items() if name in known})
            model.load_state_dict({name: self._tensor(weight) for name, weight in weights.items()})
        except (TypeError, ValueError, RuntimeError, AssertionError) as error:
            raise MediaProblem("damaged-model", f"the weights do not fit the model: {error}"[:300]) from error
        if model.audio_channels != CHANNELS:
            raise MediaProblem("model-refused", f"the model takes {model.audio_channels} channels, not two")
        self._device = "cuda" if self._torch.cuda.is_available() else "cpu"
        # They become names of files and parts of addresses.
        names = [str(name) for name in model.sources]
        if len(set(names)) < len(names) or not all(_STEM.fullmatch(name) for name in names):
            raise MediaProblem(
                "model-refused", f"the model calls its stems {names}, which cannot be names of files"[:300]
            )
        # What a GPU finds fastest by trying may differ from run to run, and with it the last bits.
        self._torch.backends.cudnn.deterministic = True
        self._model = model.to(self._device).eval()
        self._is_short = self._device == "cuda" or has_bfloat16(self._torch)
        self.stems: tuple[str, ...] = tuple(names)
        self.rate_hz = int(model.samplerate)
        self.window_frames = int(min(model.segment, _LONGEST_SECONDS) * model.samplerate)
        fits = getattr(model, "valid_length", None)
        self._padded_frames = int(fits(self.window_frames)) if fits else self.window_frames

    def estimate(self, window: Samples) -> Samples:
        """See the protocol."""
        torch = self._torch
        before = (self._padded_frames - self.window_frames) // 2
        behind = self._padded_frames - self.window_frames - before
        given = torch.from_numpy(np.pad(window, ((0, 0), (before, behind)))[None]).to(self._device)
        short = torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._is_short)
        with warnings.catch_warnings(), torch.inference_mode(), short:
            # Of torch about its own future.
            warnings.simplefilter("ignore")
            estimate = self._model(given)[0].float().cpu().numpy()
        found: Samples = estimate[..., before : before + self.window_frames]
        return found

    def _tensor(self, weight: Any) -> Any:
        if isinstance(weight, np.ndarray):
            wide = weight.astype(np.float32) if weight.dtype.kind == "f" else weight.copy()
            return self._torch.from_numpy(np.ascontiguousarray(wide))
        return weight.float() if weight.is_floating_point() else weight
