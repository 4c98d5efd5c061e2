"""The Fourier transform of complex frames of a power of two, in single precision, for compiled loops.

numba cannot call numpy's. Real and imaginary parts lie in arrays of their own, so that the loops become vector
instructions. Both channels of a stereo frame travel as one complex signal (left + j right).

Source: T. G. Stockham, "High-speed convolution and correlation", 1966 (the self-sorting form), radix 4.
"""

from functools import lru_cache

import numpy as np

from media.compiled import compiled
from media.pcm import Samples


@lru_cache(maxsize=16)
def twiddles(size: int) -> Samples:
    """Roots of unity for `transform`: float32, shape (2, size), cos and -sin of 2 pi k / size; shared, to be read only."""
    angle = 2 * np.pi * np.arange(size) / size
    return np.stack([np.cos(angle), -np.sin(angle)]).astype(np.float32)


@compiled
def transform(re: Samples, im: Samples, spare_re: Samples, spare_im: Samples, roots: Samples) -> None:
    """The forward transform in place, unscaled; the inverse is the same with `re` and `im` exchanged.

    Args:
        re: Real parts, float32, shape (size,), size a power of two from 4; changed.
        im: Imaginary parts, the same.
        spare_re: Room of the same size; changed.
        spare_im: Room of the same size; changed.
        roots: `twiddles(size)`.
    """
    size = re.size
    length = size
    stride = 1
    is_swapped = False
    while length >= 4:
        if is_swapped:
            _quarter(spare_re, spare_im, re, im, roots, length, stride)
        else:
            _quarter(re, im, spare_re, spare_im, roots, length, stride)
        is_swapped = not is_swapped
        length //= 4
        stride *= 4
    if length == 2:
        if is_swapped:
            _halve(spare_re, spare_im, re, im)
        else:
            _halve(re, im, spare_re, spare_im)
        is_swapped = not is_swapped
    if is_swapped:
        for index in range(size):
            re[index] = spare_re[index]
            im[index] = spare_im[index]


@compiled
def _quarter(
    re: Samples, im: Samples, to_re: Samples, to_im: Samples, roots: Samples, length: int, stride: int
) -> None:
    """One pass that takes transforms of `length` apart into four of a quarter."""
    size = re.size
    quarter = size // 4
    # Views with the four inputs apart: one bounds check each, and the compiler sees that they do not overlap.
    ar, br, cr, dr = re[:quarter], re[quarter : 2 * quarter], re[2 * quarter : 3 * quarter], re[3 * quarter :]
    ai, bi, ci, di = im[:quarter], im[quarter : 2 * quarter], im[2 * quarter : 3 * quarter], im[3 * quarter :]
    if stride == 1:
        for p in range(quarter):
            w1r, w1i = roots[0, p], roots[1, p]
            w2r, w2i = w1r * w1r - w1i * w1i, np.float32(2) * w1r * w1i
            w3r, w3i = w1r * w2r - w1i * w2i, w1r * w2i + w1i * w2r
            sr, si, tr, ti = ar[p] + cr[p], ai[p] + ci[p], br[p] + dr[p], bi[p] + di[p]
            ur, ui, vr, vi = ar[p] - cr[p], ai[p] - ci[p], di[p] - bi[p], br[p] - dr[p]
            fr, fi, gr, gi, hr, hi = ur - vr, ui - vi, sr - tr, si - ti, ur + vr, ui + vi
            to_re[4 * p] = sr + tr
            to_im[4 * p] = si + ti
            to_re[4 * p + 1] = w1r * fr - w1i * fi
            to_im[4 * p + 1] = w1r * fi + w1i * fr
            to_re[4 * p + 2] = w2r * gr - w2i * gi
            to_im[4 * p + 2] = w2r * gi + w2i * gr
            to_re[4 * p + 3] = w3r * hr - w3i * hi
            to_im[4 * p + 3] = w3r * hi + w3i * hr
        return
    for p in range(length // 4):
        at = p * stride
        w1r, w1i = roots[0, at], roots[1, at]
        w2r, w2i = roots[0, 2 * at], roots[1, 2 * at]
        w3r, w3i = roots[0, 3 * at], roots[1, 3 * at]
        er, ei = to_re[4 * at : 4 * at + stride], to_im[4 * at : 4 * at + stride]
        fr_, fi_ = to_re[4 * at + stride : 4 * at + 2 * stride], to_im[4 * at + stride : 4 * at + 2 * stride]
        gr_, gi_ = to_re[4 * at + 2 * stride : 4 * at + 3 * stride], to_im[4 * at + 2 * stride : 4 * at + 3 * stride]
        hr_, hi_ = to_re[4 * at + 3 * stride : 4 * at + 4 * stride], to_im[4 * at + 3 * stride : 4 * at + 4 * stride]
        for q in range(stride):
            i = at + q
            sr, si, tr, ti = ar[i] + cr[i], ai[i] + ci[i], br[i] + dr[i], bi[i] + di[i]
            ur, ui, vr, vi = ar[i] - cr[i], ai[i] - ci[i], di[i] - bi[i], br[i] - dr[i]
            fr, fi, gr, gi, hr, hi = ur - vr, ui - vi, sr - tr, si - ti, ur + vr, ui + vi
            er[q] = sr + tr
            ei[q] = si + ti
            fr_[q] = w1r * fr - w1i * fi
            fi_[q] = w1r * fi + w1i * fr
            gr_[q] = w2r * gr - w2i * gi
            gi_[q] = w2r * gi + w2i * gr
            hr_[q] = w3r * hr - w3i * hi
            hi_[q] = w3r * hi + w3i * hr


@compiled
def _halve(re: Samples, im: Samples, to_re: Samples, to_im: Samples) -> None:
    """The last pass of sizes that are no power of four."""
    half = re.size // 2
    for index in range(half):
        to_re[index] = re[index] + re[index + half]
        to_im[index] = im[index] + im[index + half]
        to_re[index + half] = re[index] - re[index + half]
        to_im[index + half] = im[index] - im[index + half]
