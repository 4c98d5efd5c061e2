"""How well stems were separated."""

import numpy as np

from media.pcm import Samples

# Below -90 dB of full scale a stem is silent, and no ratio to it means anything.
_SILENCE = 10.0**-9


def sdr_db(truth: Samples, estimate: Samples) -> float:
    """Signal-to-distortion ratio: energy of `truth` over that of the error, over all channels and frames, in dB.

    Source: F.-R. Stöter, A. Liutkus, N. Ito, "The 2018 signal separation evaluation campaign"; without their allowance for
    filtered stems, as the music demixing challenges since 2021 count it. A silent `truth` gives nan.
    """
    wanted = np.asarray(truth, np.float64)
    energy = float(np.mean(wanted**2))
    error = float(np.mean((wanted - estimate) ** 2))
    if energy < _SILENCE:
        return float("nan")
    return float(10 * np.log10(energy / max(error, energy * 1e-15)))


def gain_db(truth: Samples, estimate: Samples, mix: Samples) -> float:
    """How much nearer `estimate` is to `truth` than the unseparated `mix`, in dB; nan for a silent `truth`."""
    return sdr_db(truth, estimate) - sdr_db(truth, mix)
