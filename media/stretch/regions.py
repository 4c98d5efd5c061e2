"""Which bins of a spectrum belong together: every peak owns the bins around it, up to the valley on either side.

Source: J. Laroche, M. Dolson, "Improved phase vocoder time-scale modification of audio", IEEE 1999.

A spectrum has hundreds of peaks where nobody can foretell them. What asks for a decision at each bin is therefore split into
passes, most of which decide nothing: a processor that guesses wrong a thousand times loses more than it computes.
"""

import numpy as np
from numpy.typing import NDArray

from media.compiled import compiled
from media.pcm import Samples


@compiled
def find_regions(energy: Samples, peaks: NDArray[np.int32], ends: NDArray[np.int32]) -> int:
    """Find all peaks and where their regions end.

    A peak is louder than the two bins below it and not softer than the two above. Of two peaks, the region of the lower one
    ends before the first softest bin between them; the first region begins at bin 0, the last one ends with the spectrum. A
    spectrum that is no number has no peak and is one region, around bin 0.

    Args:
        energy: float32, shape (bins,), at least 5 bins.
        peaks: Where the peaks' bins go; room for `bins` + 1.
        ends: Where the first bins behind their regions go; the same room.

    Returns:
        How many regions there are, at least 1.
    """
    bins = energy.size
    is_peak = np.empty(bins, np.uint8)
    count = bins - 4
    far_below, below, here = energy[:count], energy[1 : 1 + count], energy[2 : 2 + count]
    above, far_above = energy[3 : 3 + count], energy[4:]
    inside = is_peak[2 : 2 + count]
    for index in range(count):
        level = here[index]
        inside[index] = (
            (below[index] < level) & (far_below[index] < level) & (above[index] <= level) & (far_above[index] <= level)
        )
    last = bins - 1
    is_peak[0] = energy[1] <= energy[0] and energy[2] <= energy[0]
    is_peak[1] = energy[0] < energy[1] and energy[2] <= energy[1] and energy[3] <= energy[1]
    is_peak[last - 1] = (
        energy[last - 2] < energy[last - 1] and energy[last - 3] < energy[last - 1] and energy[last] <= energy[last - 1]
    )
    is_peak[last] = energy[last - 1] < energy[last] and energy[last - 2] < energy[last]
    found = 0
    for k in range(bins):
        peaks[found] = k
        found += is_peak[k]
    if found == 0:
        peaks[0] = 0
        found = 1
    for number in range(found - 1):
        first = peaks[number] + 1
        between = energy[first : peaks[number + 1]]
        valley = 0
        least = between[0]
        for index in range(1, between.size):
            level = between[index]
            if level < least:
                least = level
                valley = index
        ends[number] = first + valley
    ends[found - 1] = bins
    return found


@compiled
def spread(values: Samples, ends: NDArray[np.int32], count: int, result: Samples) -> None:
    """Give every bin its region's values.

    Args:
        values: float32, shape (rows, at least `count`): of each region.
        ends: Of `find_regions`.
        count: How many regions there are.
        result: float32, shape (rows, bins).
    """
    bins = result.shape[1]
    begins = np.zeros(bins + 1, np.uint8)
    for number in range(count):
        begins[ends[number]] = 1
    for row in range(result.shape[0]):
        line, own = result[row], values[row]
        region = 0
        for k in range(bins):
            region += begins[k]
            line[k] = own[region]
