"""A recording's acoustic fingerprint, by which copies are recognised whatever their format: Chromaprint's, of two minutes.

The library is the system's (`libchromaprint.so.1`, Debian package libchromaprint1, LGPL) and optional: without it there are
no fingerprints and everything else goes on. It gets the 12 kHz mono that other measurements use and resamples it to its own
11 025 Hz; its filters end at 3 520 Hz, so nothing is lost.

Source: L. Lalinský, https://acoustid.org/chromaprint; `chromaprint.h` of version 1.5.
"""

import ctypes
import sys
import weakref
from functools import lru_cache
from typing import Final

import numpy as np

from media.analysis.decimation import MONO_RATE
from media.pcm import Samples
from media.recording_facts import Findings

LIBRARY: Final = "libchromaprint.so.1"
FINGERPRINT_SECONDS: Final = 120
"""As much of a recording tells it from all others; Chromaprint's own tool takes as much."""

# CHROMAPRINT_ALGORITHM_DEFAULT in chromaprint.h.
_ALGORITHM: Final = 1


class FingerprintMeter:
    """Fingerprints block by block; how the sound is cut into blocks changes nothing."""

    def __init__(self) -> None:
        self._library = load_library()
        self._left = FINGERPRINT_SECONDS * MONO_RATE
        self._words: bytes | None = None
        if self._library is not None:
            self._context = self._library.chromaprint_new(_ALGORITHM)
            # Whatever becomes of the recording, the library's memory goes with this object.
            self._free = weakref.finalize(self, self._library.chromaprint_free, self._context)
            _require(self._library.chromaprint_start(self._context, MONO_RATE, 1))

    def add(self, mono: Samples) -> None:
        """The next block of 12 kHz mono."""
        if self._library is None or self._left == 0:
            return
        samples = _to_16_bit(mono[: self._left])
        self._left -= samples.size
        pointer = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))
        _require(self._library.chromaprint_feed(self._context, pointer, samples.size))

    def words(self) -> bytes | None:
        """Everything added so far as uint32, little endian, one per 0.124 s; ends the measurement. None without the library."""
        if self._library is None or self._words is not None:
            return self._words
        self._left = 0
        _require(self._library.chromaprint_finish(self._context))
        found, count = ctypes.POINTER(ctypes.c_uint32)(), ctypes.c_int()
        _require(self._library.chromaprint_get_raw_fingerprint(self._context, ctypes.byref(found), ctypes.byref(count)))
        words = np.array(found[: count.value], "<u4") if count.value else np.zeros(0, "<u4")
        self._library.chromaprint_dealloc(found)
        self._free()
        self._words = words.tobytes()
        return self._words

    def findings(self) -> Findings:
        """``fingerprint``; None without the library."""
        return {"fingerprint": self.words()}


@lru_cache(maxsize=1)
def load_library() -> ctypes.CDLL | None:
    """The system's library; None if it is not installed, which is said once on standard error."""
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        sys.stderr.write(
            f"{LIBRARY} is not installed (Debian package libchromaprint1): recordings get "
            "no fingerprint, so that duplicates are not found\n"
        )
        return None
    library.chromaprint_new.argtypes = [ctypes.c_int]
    library.chromaprint_new.restype = ctypes.c_void_p
    library.chromaprint_free.argtypes = [ctypes.c_void_p]
    library.chromaprint_start.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
    library.chromaprint_feed.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int16), ctypes.c_int]
    library.chromaprint_finish.argtypes = [ctypes.c_void_p]
    library.chromaprint_get_raw_fingerprint.argtypes = [
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.POINTER(ctypes.c_uint32)),
        ctypes.POINTER(ctypes.c_int),
    ]
    library.chromaprint_dealloc.argtypes = [ctypes.c_void_p]
    return library


def _to_16_bit(samples: Samples) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    return np.ascontiguousarray(np.clip(np.rint(samples * np.float32(32_767)), -32_768, 32_767).astype(np.int16))


def _require(status: int) -> None:
    # The library fails for want of memory and nothing else, once its calls are in order.
    if status != 1:
        raise MemoryError("libchromaprint refused a call")
